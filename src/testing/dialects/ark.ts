import type { Status } from '../../task/status.js';
import { letters } from '../random.js';
import { type ArkError, arkErrorBody, invalidParameter, missingParameter } from './ark-error.js';
import {
  type Dialect,
  hasEnded,
  inSeconds,
  type Json,
  type Refusal,
  reasonOf,
  type TaskInput,
  type TaskView,
} from './dialect.js';

const HISTORY_MS = 7 * 86_400_000;

const words: Readonly<Record<Status, string>> = {
  unknown: 'unknown',
  queued: 'queued',
  in_progress: 'running',
  completed: 'succeeded',
  failed: 'failed',
  error: 'failed',
  cancelled: 'cancelled',
  expired: 'expired',
};

/** ByteDance's Ark, where Seedance comes from: a bare id first, then a task without progress, and a real cancel. */
export function arkDialect(): Dialect {
  return {
    provider: 'ark',
    collection: '/contents/generations/tasks',
    offers: ['create', 'read', 'list', 'delete'],
    headers: (requestId) => ({ 'x-request-id': requestId }),
    newId: (random, nowMs) =>
      `cgt-${new Date(nowMs).toISOString().replace(/\D/g, '').slice(0, 14)}-${letters(random, 5)}`,
    usualInput: { model: 'doubao-seedance-2-0-260128', prompt: 'A paper boat at dusk' },
    accept,
    created: ({ id }) => ({ id }),
    show,
    list,
    remove(view, requestId) {
      const { status } = view.state;
      if (status === 'queued') return { effect: 'cancel', body: {} };
      if (hasEnded(view) && status !== 'cancelled') return { effect: 'forget', body: {} };
      const message = `The task is ${wordOf(view)} and can be neither cancelled nor deleted.`;
      return refused(409, { code: 'InvalidAction.TaskStatus', message, type: 'Conflict' }, requestId);
    },
    forgets: ({ createdAtMs, nowMs }) => nowMs - createdAtMs > HISTORY_MS,
    refuse,
  };
}

function wordOf({ state }: TaskView): string {
  return state.providerStatus ?? words[state.status];
}

function show(view: TaskView): Json {
  const { input, state } = view;
  const head = { id: view.id, model: input.model, status: wordOf(view) };
  const tail = {
    created_at: inSeconds(view.clockAt(view.createdAtMs)),
    updated_at: inSeconds(view.clockAt(view.updatedAtMs)),
    service_tier: 'default',
    execution_expires_after: 172_800,
    generate_audio: true,
  };
  if (state.status !== 'completed') return { ...head, error: reasonOf(view), ...tail };
  const tokens = 108_900;
  return {
    ...head,
    content: { video_url: view.videoUrl },
    usage: { completion_tokens: tokens, total_tokens: tokens },
    ...tail,
    seed: 78_674,
    resolution: input.resolution ?? '720p',
    ratio: input.ratio ?? '16:9',
    duration: Number(input.seconds ?? 5),
    framespersecond: 24,
    draft: false,
    priority: 0,
  };
}

async function accept(request: Request, requestId: string): Promise<TaskInput | Response> {
  const order: unknown = await request.json().catch(() => undefined);
  if (typeof order !== 'object' || order === null)
    return refused(400, invalidParameter('body', 'it must be JSON'), requestId);
  const { model, content, duration, resolution, ratio } = order as Record<string, unknown>;
  if (typeof model !== 'string' || model === '') return refused(400, missingParameter('model'), requestId);
  if (!Array.isArray(content) || content.length === 0) return refused(400, missingParameter('content'), requestId);
  const problem = contentProblem(content as ContentPart[]) ?? numbersProblem({ duration, resolution, ratio });
  if (problem !== undefined) return refused(400, problem, requestId);
  return {
    model,
    prompt: (content as ContentPart[]).map(({ text }) => text ?? '').join(''),
    ...(duration !== undefined && { seconds: String(duration) }),
    ...(typeof resolution === 'string' && { resolution }),
    ...(typeof ratio === 'string' && { ratio }),
  };
}

interface ContentPart {
  readonly type?: unknown;
  readonly text?: string;
  readonly role?: string;
}

function contentProblem(content: readonly ContentPart[]): ArkError | undefined {
  const types = ['text', 'image_url', 'video_url', 'audio_url'];
  if (!content.every(({ type }) => types.includes(type as string))) {
    return invalidParameter('content.type', `it must be one of ${types.join(', ')}`);
  }
  if (content.some(({ type, text }) => type === 'text' && typeof text !== 'string'))
    return missingParameter('content.text');
  const images = content.filter(({ type }) => type === 'image_url');
  const roleless = images.length > 1 && images.some(({ role }) => role === undefined);
  return roleless ? invalidParameter('content', 'role must be specified for image contents') : undefined;
}

function numbersProblem(given: Readonly<Record<'duration' | 'resolution' | 'ratio', unknown>>): ArkError | undefined {
  const { duration, resolution, ratio } = given;
  if (duration !== undefined && !(Number.isInteger(duration) && Number(duration) >= 2 && Number(duration) <= 15)) {
    return invalidParameter('duration', 'it must be a whole number of seconds that the model can make');
  }
  if (resolution !== undefined && !/^(480p|720p|1080p)$/.test(String(resolution))) {
    return invalidParameter('resolution', 'it must be one of 480p, 720p, 1080p');
  }
  if (ratio !== undefined && !/^(\d+:\d+|adaptive)$/.test(String(ratio))) {
    return invalidParameter('ratio', 'it must be a ratio such as 16:9, or adaptive');
  }
  return undefined;
}

function list(views: readonly TaskView[], query: URLSearchParams): Response {
  const [status, model] = [query.get('filter.status'), query.get('filter.model')];
  const ids = query.getAll('filter.task_ids');
  const found = views.filter(
    (view) =>
      (status === null || wordOf(view) === status) &&
      (model === null || view.input.model === model) &&
      (ids.length === 0 || ids.includes(view.id)) &&
      view.nowMs - view.createdAtMs <= HISTORY_MS,
  );
  const size = Number(query.get('page_size') ?? 10);
  const start = (Number(query.get('page_num') ?? 1) - 1) * size;
  return Response.json({
    items: found
      .reverse()
      .slice(start, start + size)
      .map(show),
    total: found.length,
  });
}

function refuse({ problem, id = '', method, path, requestId, status = 500 }: Refusal): Response {
  switch (problem) {
    case 'unauthorized': {
      const message = 'The API key in the request is missing or invalid.';
      return refused(401, { code: 'AuthenticationError', message, type: 'Unauthorized' }, requestId);
    }
    case 'not-found': {
      const message = `The specified task ${id} is not found.`;
      return refused(404, { code: 'NotFound.id', message, param: 'id', type: 'NotFound' }, requestId);
    }
    case 'wrong-url': {
      const message = `The specified resource ${method} ${path} is not found.`;
      return refused(404, { code: 'NotFound', message, type: 'NotFound' }, requestId);
    }
    case 'rate-limited': {
      const message =
        'The Requests Per Minute (RPM) limit of the associated endpoint for your account has been exceeded.';
      return refused(
        429,
        { code: 'RateLimitExceeded.EndpointRPMExceeded', message, type: 'TooManyRequests' },
        requestId,
      );
    }
    case 'server-error': {
      const message = 'The service encountered an unexpected internal error.';
      return refused(status, { code: 'InternalServiceError', message, type: 'InternalServerError' }, requestId);
    }
  }
}

function refused(status: number, error: ArkError, requestId: string): Response {
  return Response.json(arkErrorBody(error, requestId), { status });
}
