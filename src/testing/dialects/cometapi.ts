import type { Status } from '../../task/status.js';
import { letters } from '../random.js';
import { type ArkError, arkErrorBody, missingParameter } from './ark-error.js';
import { orderProblem } from './cometapi-models.js';
import { type Dialect, hasEnded, inSeconds, type Json, reasonOf, type TaskInput, type TaskView } from './dialect.js';
import { gatewayError, refuseAsGateway, taskError, withholdAsGateway } from './new-api.js';
import { soraVideo } from './sora-video.js';

/** How the simulated CometAPI answers. */
export interface CometapiOptions {
  /** The documents of April 2026 (`A`, `SUBMITTED` to `SUCCESS`) or those of May (`B`). @defaultValue `'B'` */
  readonly revision?: 'A' | 'B';
  /** Whether `completed_at` moves along while the task runs, a documented quirk of revision B. @defaultValue `true` */
  readonly completedAtWhileRunning?: boolean;
}

const revisions: Readonly<Record<'A' | 'B', Readonly<Record<Status, string>>>> = {
  A: {
    unknown: 'UNKNOWN',
    queued: 'SUBMITTED',
    in_progress: 'IN_PROGRESS',
    completed: 'SUCCESS',
    failed: 'FAILED',
    error: 'ERROR',
    cancelled: 'FAILED',
    expired: 'FAILED',
  },
  B: {
    unknown: 'unknown',
    queued: 'queued',
    in_progress: 'in_progress',
    completed: 'completed',
    failed: 'failed',
    error: 'error',
    cancelled: 'failed',
    expired: 'failed',
  },
};

/** The aliases whose answers name the model behind them. */
const resolvedModels: ReadonlyMap<string, string> = new Map([['veo3-fast', 'veo_3_1-4K']]);

/** CometAPI's video API, as of its documents: forms in, seconds out, the link at the top level. */
export function cometapiDialect({ revision = 'B', completedAtWhileRunning = true }: CometapiOptions = {}): Dialect {
  function show(view: TaskView): Json {
    const { state, input } = view;
    const status = state.providerStatus ?? revisions[revision][state.status];
    if (isSora(input)) return soraVideo(view, status);
    const veo = input.model.startsWith('veo');
    return {
      id: view.id,
      task_id: veo ? view.id : undefined,
      object: 'video',
      model: resolvedModels.get(input.model) ?? input.model,
      status,
      progress: Math.round(state.progress),
      size: veo ? (input.size ?? '16x9') : undefined,
      created_at: inSeconds(view.clockAt(view.createdAtMs)),
      completed_at: completedAt(view),
      error: state.status === 'error' && state.error === undefined ? undefined : reasonOf(view),
      video_url: hasContentRoute(input) ? undefined : view.videoUrl,
    };
  }

  function completedAt(view: TaskView): number | null | undefined {
    const { status } = view.state;
    if (status === 'queued' || status === 'unknown' || status === 'error') return revision === 'A' ? null : undefined;
    if (hasEnded(view) || (completedAtWhileRunning && revision === 'B'))
      return inSeconds(view.clockAt(view.updatedAtMs));
    return revision === 'A' ? null : undefined;
  }

  return {
    provider: 'cometapi',
    collection: '/v1/videos',
    offers: ['create', 'read', 'content'],
    headers: (requestId) => ({ 'x-oneapi-request-id': requestId }),
    newId: (random) => `task_${letters(random, 32, 'abcdefghijklmnopqrstuvwxyz0123456789')}`,
    usualInput: { model: 'doubao-seedance-2-0', prompt: 'A paper boat at dusk' },
    accept,
    show,
    created(view) {
      if (isSora(view.input)) return show(view);
      const seconds = view.input.model.startsWith('veo') ? '' : undefined;
      return { ...show(view), task_id: view.id, seconds, completed_at: undefined };
    },
    withhold: (view) => (hasContentRoute(view.input) ? withholdAsGateway(view) : noContentRoute(view)),
    refuse: (refusal) => refuseAsGateway(refusal, 'comet_api_error'),
  };
}

async function accept(request: Request, requestId: string): Promise<TaskInput | Response> {
  if (!/^multipart\/form-data\b/i.test(request.headers.get('content-type') ?? '')) {
    return refused('request Content-Type is not multipart/form-data', requestId);
  }
  const form = await request.formData().catch(() => undefined);
  if (form === undefined) return refused('multipart: NextPart: EOF', requestId);
  const texts = new Map<string, string>();
  for (const [name, value] of form) if (typeof value === 'string') texts.set(name, value);
  const { model = '', prompt = '' } = Object.fromEntries(texts);
  if (model === '') return taskError(400, 'missing_model', 'model field is required');
  if (prompt === '') return arkRefused(missingParameter('prompt'), requestId);
  const references = form.getAll('input_reference');
  if (references.some((reference) => typeof reference === 'string')) {
    return refused('input_reference must be a file', requestId);
  }
  const problem = orderProblem(texts, references.length > 0);
  if (problem !== undefined) return arkRefused(problem, requestId);
  return { ...Object.fromEntries(texts), model, prompt };
}

function refused(message: string, requestId: string): Response {
  return gatewayError(400, { type: 'comet_api_error', message, param: '', code: 'invalid_request' }, requestId);
}

function arkRefused(problem: ArkError, requestId: string): Response {
  return Response.json(arkErrorBody(problem, requestId), { status: 400 });
}

function isSora({ model }: TaskInput): boolean {
  return model.startsWith('sora-2');
}

/** Seedance is downloaded from its link; the other models are documented with `/content` and may have no link. */
function hasContentRoute({ model }: TaskInput): boolean {
  return !/seedance/.test(model);
}

function noContentRoute({ id }: TaskView): Response {
  const message = `Invalid URL (GET /v1/videos/${id}/content)`;
  return gatewayError(404, { type: 'invalid_request_error', message, param: '' });
}
