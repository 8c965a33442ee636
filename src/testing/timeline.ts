import type { Status } from '../task/status.js';
import { between, createRandom } from './random.js';

/** What a task is from a moment on, until the next point of its timeline. */
export interface TimelinePoint {
  /** Since the task was created, in simulated milliseconds. */
  readonly afterMs: number;
  /** In the words of the domain; each vendor's API says it in its own, and `failed` for what it has no word for. */
  readonly status: Status;
  /** The word on the wire, whatever the vendor documents, such as `dreaming`; it decides nothing here. */
  readonly providerStatus?: string;
  /** 0-100. @defaultValue 0 while queued, 100 when completed or failed, else the last point's. */
  readonly progress?: number;
  /** Why a failure status; `null` for one without a reason. @defaultValue a moderation verdict */
  readonly error?: { readonly code?: string; readonly message: string } | null;
  /** The link of a completed task; `null` for none. @defaultValue the simulator's own media route */
  readonly videoUrl?: string | null;
  /** Fields laid over the body, whatever the vendor documents; `undefined` removes one. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/**
 * The life of a task, in ascending order of `afterMs`. Anything goes: back to `queued`, no end at all, or a provider that
 * changes its mind after the end. Before the first point the task is queued.
 *
 * @example
 * ```ts
 * const moderated: Timeline = [
 *   { afterMs: 5_000, status: 'in_progress', progress: 30 },
 *   { afterMs: 40_000, status: 'failed', error: { code: 'InputTextSensitive', message: 'No.' } },
 * ];
 * ```
 */
export type Timeline = readonly TimelinePoint[];

/** A task that waits for ever. */
export const neverEnding: Timeline = Object.freeze([
  Object.freeze({ afterMs: 4_000, status: 'in_progress', progress: 30 } as const),
]);

/** Options of {@link randomTimeline}. */
export interface RandomTimelineOptions {
  /** Part of the tasks that fail, 0-1. @defaultValue `0` */
  readonly failureRate?: number;
  /** Part of the tasks that never end, 0-1. @defaultValue `0` */
  readonly neverRate?: number;
  /** Shortest and longest life in simulated milliseconds. @defaultValue `[60_000, 120_000]` */
  readonly durationMs?: readonly [number, number];
}

/** The lives that chance deals when nobody says otherwise. */
export const randomTimelineDefaults = Object.freeze({
  failureRate: 0,
  neverRate: 0,
  durationMs: [60_000, 120_000],
} as const satisfies RandomTimelineOptions);

const PROGRESS_STEPS = 9;

/**
 * A life like those the vendors describe: queued for some seconds, then rising progress, then the end.
 *
 * @param seed - the same seed gives the same life
 */
export function randomTimeline(seed: number | string, options: RandomTimelineOptions = {}): Timeline {
  const { failureRate, neverRate, durationMs } = { ...randomTimelineDefaults, ...options };
  const random = createRandom(seed);
  const endMs = Math.round(between(random, ...durationMs));
  const startMs = Math.round(endMs * between(random, 0.03, 0.1));
  const fate = random();
  const running = Array.from({ length: PROGRESS_STEPS }, (_, step): TimelinePoint => {
    const done = step / PROGRESS_STEPS;
    return {
      afterMs: Math.round(startMs + done * (endMs - startMs)),
      status: 'in_progress',
      progress: Math.min(99, Math.round(100 * done + between(random, 1, 8))),
    };
  });
  const queued: TimelinePoint = { afterMs: 0, status: 'queued' };
  if (fate < neverRate) return [queued, ...running];
  return [queued, ...running, { afterMs: endMs, status: fate < neverRate + failureRate ? 'failed' : 'completed' }];
}

/** What holds at a moment: the point itself, what it leaves unsaid, and since when. */
export interface TaskState extends TimelinePoint {
  readonly progress: number;
}

/** What a task with this timeline is `elapsedMs` after its creation. */
export function stateAt(timeline: Timeline, elapsedMs: number): TaskState {
  let state: TaskState = { afterMs: 0, status: 'queued', progress: 0 };
  for (const point of timeline) {
    if (point.afterMs <= elapsedMs) state = { ...point, progress: point.progress ?? usualProgress(point, state) };
  }
  return state;
}

function usualProgress(point: TimelinePoint, previous: TaskState): number {
  if (point.status === 'queued') return 0;
  return point.status === 'completed' || point.status === 'failed' ? 100 : previous.progress;
}
