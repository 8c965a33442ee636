import {
  type Heard,
  type HttpResponse,
  type Operation,
  type Provider,
  RushesError,
  type Snapshot,
} from '../../src/index.js';

type Problem = Extract<Heard, { kind: 'problem' }>;
type Body = Readonly<Record<string, unknown>>;
type Word = 'waiting' | 'running' | 'done' | 'broken';

const statuses = new Map([
  ['waiting', 'queued'],
  ['running', 'in_progress'],
  ['done', 'completed'],
  ['broken', 'failed'],
] as const);
const baseUrl = 'https://api.acme.test/v3';

/** A provider written from nothing but the contract, as a stranger would. */
export function acme({ apiKey }: { readonly apiKey: string }): Provider {
  return {
    name: 'acme',
    baseUrl,
    guidance: { minMs: 2_000, maxMs: 5_000 },
    supports: { cancel: false, content: true, idempotency: false },
    key: () => apiKey,
    ask,
    hear: (operation, { status, text, header }) => {
      const body = parsed(text);
      return hear(
        operation,
        { status, text, header, url: '' },
        typeof body === 'object' ? body : undefined,
        body === 'deep',
      );
    },
  };
}

function ask(operation: Operation) {
  const headers = { accept: 'application/json' };
  if (operation.kind === 'create') {
    const { model, prompt } = operation.input;
    if (!model || !prompt) throw new RushesError('INVALID_ARGUMENT', 'create: expected a model and a prompt');
    return {
      method: 'POST',
      url: `${baseUrl}/jobs`,
      template: '/jobs',
      headers,
      body: JSON.stringify({ model, prompt }),
    } as const;
  }
  if (operation.kind === 'list') throw new RushesError('UNSUPPORTED', 'acme has no way to list tasks');
  const { task, kind } = operation;
  if (kind === 'cancel') throw new RushesError('UNSUPPORTED', 'acme has no way to cancel', { task });
  if (!isId(task.id)) throw new RushesError('INVALID_ARGUMENT', 'task.id: expected an id', { task });
  const route = kind === 'content' ? '/bytes' : '';
  const url = `${baseUrl}/jobs/${encodeURIComponent(task.id)}${route}`;
  return { method: 'GET', url, template: `/jobs/{id}${route}`, headers } as const;
}

function isId(id: unknown): id is string {
  if (typeof id !== 'string' || id === '.' || id === '..' || id.length > 512) return false;
  return /^(?:[^\p{Cc}\ud800-\udfff]|[\ud800-\udbff][\udc00-\udfff])+$/u.test(id);
}

function parsed(text: string): Body | 'deep' | undefined {
  if (text.length > 20_000) return 'deep';
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : undefined;
  } catch {
    return undefined;
  }
}

function hear(operation: Operation, { status, text }: HttpResponse, body: Body | undefined, isDeep: boolean): Heard {
  const said = nonEmpty(Object(body?.['error']).message);
  const problem = (code: Problem['code'], retryable = false): Problem => {
    return { kind: 'problem', code, message: `acme: ${said ?? `HTTP ${status}`}`, retryable };
  };
  if (operation.kind === 'create') {
    const id = body?.['id'];
    if (isId(id)) return { kind: 'snapshot', snapshot: snapshotOf({ provider: 'acme', id }, body ?? {}), body };
    if (status >= 300 && status < 400) return problem('REJECTED');
    const isCertain = status >= 400 && status < 500 && said !== undefined && ![408, 409, 425, 499].includes(status);
    if (!isCertain) return problem('CREATE_AMBIGUOUS');
    return status === 401
      ? problem('UNAUTHORIZED')
      : status === 429
        ? problem('RATE_LIMITED', true)
        : problem('REJECTED');
  }
  if (status < 200 || status >= 600 || (status >= 300 && status < 400)) return problem('BAD_RESPONSE');
  if (status === 401 || status === 403) return problem('UNAUTHORIZED');
  if (status === 404 && body) return problem('NOT_FOUND');
  if (status === 429) return problem('RATE_LIMITED', true);
  if (status >= 500 || status === 408 || status === 425 || (status >= 400 && !body))
    return problem('UNAVAILABLE', true);
  if (status >= 400) return problem('REJECTED');
  if (operation.kind !== 'read') return { kind: 'done' };
  const isOurs = body?.['id'] === operation.task.id && typeof body['status'] === 'string';
  if (isOurs) return { kind: 'snapshot', snapshot: snapshotOf(operation.task, body), body };
  return problem('BAD_RESPONSE', isDeep || !text.trimStart().startsWith('<'));
}

function snapshotOf({ provider, id }: Snapshot['task'], body: Body): Snapshot {
  const word = typeof body['status'] === 'string' ? body['status'].slice(0, 100) : '';
  const status = statuses.get(word as Word) ?? 'unknown';
  const { progress, url } = body;
  const error = Object(body['error']) as Body;
  const code = nonEmpty(error['code']);
  const problem = { ...(code && { code }), message: nonEmpty(error['message']) ?? 'acme gave no reason' };
  const isLink = typeof url === 'string' && url.length < 2_000 && /^https:\/\/[^@]+$/.test(url);
  return Object.freeze({
    task: Object.freeze({ provider, id }),
    providerStatus: word,
    ...(typeof progress === 'number' && { progress: Math.min(Math.max(progress, 0), 100) }),
    ...(status === 'completed' && isLink && { videoUrl: url }),
    status,
    ...(status === 'failed' && { error: Object.freeze(problem) }),
  }) as Snapshot;
}

function nonEmpty(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const start = text
    .slice(0, 1_000)
    .replace(/[\p{Cc}\p{Bidi_Control}]/gu, ' ')
    .trim();
  return start.replace(/bearer \S+/gi, '[redacted]').replace(/https?:\S+/g, '[address]') || undefined;
}
