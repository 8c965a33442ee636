import { letters } from '../random.js';
import { type Dialect, hasEnded, type Refusal, type TaskInput, type TaskView } from './dialect.js';
import { SORA_LIFETIME_MS, soraVideo } from './sora-video.js';

const words: Readonly<Record<string, string>> = {
  queued: 'queued',
  in_progress: 'in_progress',
  completed: 'completed',
};
const SECONDS = ['4', '8', '12'];
const SIZES = ['720x1280', '1280x720', '1024x1792', '1792x1024'];

/** OpenAI's Videos API, which lives on at compatible servers: nullable keys, no link, the bytes at `/content` only. */
export function openaiCompatibleDialect(): Dialect {
  const show = (view: TaskView) => soraVideo(view, view.state.providerStatus ?? words[view.state.status] ?? 'failed');
  return {
    provider: 'openai-compatible',
    collection: '/v1/videos',
    offers: ['create', 'read', 'list', 'delete', 'content'],
    headers: (requestId) => ({ 'x-request-id': `req_${requestId}` }),
    newId: (random) => `video_${letters(random, 32)}`,
    usualInput: { model: 'sora-2', prompt: 'A paper boat at dusk' },
    accept,
    created: show,
    show,
    withhold({ state, updatedAtMs, nowMs, id }) {
      if (state.status !== 'completed') return problem(400, 'Video is not ready yet.', { code: 'video_not_ready' });
      return nowMs < updatedAtMs + SORA_LIFETIME_MS ? undefined : problem(404, `The content of '${id}' has expired.`);
    },
    list: (views, query) => listed(views, query, show),
    remove(view) {
      if (!hasEnded(view)) return problem(400, 'Only completed or failed videos can be deleted.');
      return { effect: 'forget', body: { id: view.id, object: 'video.deleted', deleted: true } };
    },
    refuse,
  };
}

async function accept(request: Request): Promise<TaskInput | Response> {
  const order = await fieldsOf(request);
  if (order === undefined) return problem(400, 'We could not parse the body of your request.');
  const { model = 'sora-2', prompt, seconds, size } = order;
  if (typeof prompt !== 'string' || prompt === '') {
    return problem(400, "Missing required parameter: 'prompt'.", {
      param: 'prompt',
      code: 'missing_required_parameter',
    });
  }
  if (typeof model !== 'string') return invalid('model', model, ['sora-2', 'sora-2-pro']);
  const limited = /^sora-2(-pro)?$/.test(model);
  if (seconds !== undefined && (typeof seconds !== 'string' || (limited && !SECONDS.includes(seconds)))) {
    return invalid('seconds', seconds, SECONDS);
  }
  if (size !== undefined && (typeof size !== 'string' || (limited && !SIZES.includes(size)))) {
    return invalid('size', size, SIZES);
  }
  return { model, prompt, ...(seconds !== undefined && { seconds }), ...(size !== undefined && { size }) };
}

/** A form, as the API was documented, or JSON, as the official client sends it when there is no file. */
async function fieldsOf(request: Request): Promise<Readonly<Record<string, unknown>> | undefined> {
  const type = request.headers.get('content-type') ?? '';
  try {
    if (/^multipart\/form-data\b/i.test(type)) return Object.fromEntries(await request.formData());
    const body: unknown = await request.json();
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function listed(views: readonly TaskView[], query: URLSearchParams, show: (view: TaskView) => unknown): Response {
  const limit = Number(query.get('limit') ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) return invalid('limit', query.get('limit'), ['1-100']);
  const ordered = query.get('order') === 'asc' ? [...views] : [...views].reverse();
  const after = query.get('after');
  const start = after === null ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
  if (after !== null && start === 0) return notFound(after);
  const page = ordered.slice(start, start + limit);
  return Response.json({
    object: 'list',
    data: page.map(show),
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
    has_more: start + limit < ordered.length,
  });
}

function refuse({ problem: why, id = '', method, path, status = 500 }: Refusal): Response {
  switch (why) {
    case 'unauthorized':
      return problem(401, 'Incorrect API key provided.', { code: 'invalid_api_key' });
    case 'not-found':
      return notFound(id);
    case 'wrong-url':
      return problem(404, `Invalid URL (${method} ${path})`);
    case 'rate-limited':
      return problem(429, 'Rate limit reached for sora-2', { type: 'requests', code: 'rate_limit_exceeded' });
    case 'server-error':
      return problem(status, 'The server had an error while processing your request.', { type: 'server_error' });
  }
}

function notFound(id: string): Response {
  return problem(404, `Video with id '${id}' not found.`);
}

function invalid(param: string, value: unknown, expected: readonly string[]): Response {
  const message = `Invalid value: '${String(value)}'. Supported values are: ${expected.map((each) => `'${each}'`).join(', ')}.`;
  return problem(400, message, { param, code: 'invalid_value' });
}

function problem(
  status: number,
  message: string,
  more: { type?: string; param?: string; code?: string } = {},
): Response {
  return Response.json(
    { error: { message, type: 'invalid_request_error', param: null, code: null, ...more } },
    { status },
  );
}
