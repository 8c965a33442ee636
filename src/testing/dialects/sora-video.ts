import { hasEnded, inSeconds, type Json, reasonOf, type TaskView } from './dialect.js';

/** How long OpenAI keeps a video. */
export const SORA_LIFETIME_MS = 3_600_000;

/** OpenAI's `Video`, which has every nullable key and no link. */
export function soraVideo(view: TaskView, status: string): Json {
  const { state, input } = view;
  const ended = hasEnded(view);
  return {
    id: view.id,
    object: 'video',
    model: input.model,
    status,
    progress: Math.round(state.progress),
    created_at: inSeconds(view.clockAt(view.createdAtMs)),
    completed_at: ended ? inSeconds(view.clockAt(view.updatedAtMs)) : null,
    expires_at: state.status === 'completed' ? inSeconds(view.clockAt(view.updatedAtMs + SORA_LIFETIME_MS)) : null,
    prompt: input.prompt,
    size: input.size ?? '720x1280',
    seconds: input.seconds ?? '4',
    remixed_from_video_id: null,
    error: reasonOf(view) ?? null,
  };
}
