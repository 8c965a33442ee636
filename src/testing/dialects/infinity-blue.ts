import { letters } from '../random.js';
import { arkErrorBody, invalidParameter } from './ark-error.js';
import { type Dialect, hasEnded, inSeconds, type Json, reasonOf, type TaskInput, type TaskView } from './dialect.js';
import { gatewayError, refuseAsGateway, taskError, withholdAsGateway } from './new-api.js';

/** How the simulated Infinity Blue answers. */
export interface InfinityBlueOptions {
  /** The documents say milliseconds, the software that it seems to run says seconds. @defaultValue `'milliseconds'` */
  readonly timestamps?: 'milliseconds' | 'seconds';
}

const LIFETIME_MS = 86_400_000;
const MODELS = ['doubao-seedance-2-0-260128', 'doubao-seedance-2-0-fast-260128'];
const RESOLUTIONS = ['480p', '720p', '1080p'];
const words = { unknown: 'unknown', queued: 'queued', in_progress: 'in_progress', completed: 'completed' };

/** Infinity Blue's Seedance API, as of its documents: JSON in, milliseconds out. */
export function infinityBlueDialect({ timestamps = 'milliseconds' }: InfinityBlueOptions = {}): Dialect {
  const time = (epochMs: number) => (timestamps === 'seconds' ? inSeconds(epochMs) : Math.round(epochMs));

  function show(view: TaskView): Json {
    const { state, input } = view;
    const completed = state.status === 'completed';
    return {
      id: view.id,
      object: 'video',
      model: input.model,
      status: state.providerStatus ?? words[state.status as keyof typeof words] ?? 'failed',
      progress: Math.round(state.progress),
      created_at: time(view.clockAt(view.createdAtMs)),
      completed_at: completed ? time(view.clockAt(view.updatedAtMs)) : undefined,
      expires_at: completed ? time(view.clockAt(view.updatedAtMs + LIFETIME_MS)) : undefined,
      seconds: input.seconds ?? '5',
      size: completed ? (input.size ?? '1280x720') : undefined,
      error: hasEnded(view) ? reasonOf(view) : undefined,
      metadata: view.videoUrl === undefined ? undefined : { url: view.videoUrl },
    };
  }

  return {
    provider: 'infinity-blue',
    collection: '/v1/videos',
    offers: ['create', 'read', 'content'],
    headers: (requestId) => ({ 'x-oneapi-request-id': requestId }),
    newId: (random) => `video_${letters(random, 24)}`,
    usualInput: { model: 'doubao-seedance-2-0-260128', prompt: 'A paper boat at dusk' },
    accept,
    created: show,
    show,
    withhold: (view) => withholdAsGateway(view, view.updatedAtMs + LIFETIME_MS),
    refuse: (refusal) => refuseAsGateway(refusal, 'new_api_error'),
  };
}

async function accept(request: Request, requestId: string): Promise<TaskInput | Response> {
  if (!/^application\/json\b/i.test(request.headers.get('content-type') ?? '')) {
    return taskError(400, 'invalid_request', 'Content-Type must be application/json');
  }
  const order: unknown = await request.json().catch(() => undefined);
  if (typeof order !== 'object' || order === null)
    return taskError(400, 'invalid_request', 'invalid character in body');
  const { model, prompt, ...rest } = order as Record<string, unknown>;
  if (typeof model !== 'string' || model === '') return taskError(400, 'missing_model', 'model field is required');
  if (typeof prompt !== 'string' || prompt === '') return taskError(400, 'invalid_request', 'prompt is required');
  for (const field of ['seconds', 'size', 'resolution', 'ratio']) {
    const value = rest[field];
    if (value === undefined || typeof value === 'string') continue;
    const message = `json: cannot unmarshal ${typeof value} into Go struct field TaskSubmitReq.${field} of type string`;
    return taskError(400, 'invalid_request', message);
  }
  if (!MODELS.includes(model)) {
    const message = `No available channel for model ${model} under group default (distributor)`;
    return gatewayError(503, { type: 'new_api_error', message, code: 'model_not_found' }, requestId);
  }
  const input = { model, prompt, ...rest } as TaskInput;
  const seconds = Number(input.seconds ?? 5);
  const upstream = !(Number.isInteger(seconds) && seconds >= 4 && seconds <= 15)
    ? invalidParameter('duration', 'it must be a whole number from 4 to 15')
    : !RESOLUTIONS.includes(input.resolution ?? '720p')
      ? invalidParameter('resolution', `it must be one of ${RESOLUTIONS.join(', ')}`)
      : undefined;
  if (upstream === undefined) return input;
  return taskError(400, 'fail_to_fetch_task', JSON.stringify(arkErrorBody(upstream, requestId)));
}
