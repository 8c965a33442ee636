import { isKeyReused } from '../../create/key-reused.js';
import type { ErrorCode, RushesError } from '../../errors.js';
import { shownError } from './shown-error.js';

/** No cache keeps an answer, and none serves one viewer's to another. */
const privately: Readonly<Record<string, string>> = {
  'cache-control': 'private, no-store',
  'referrer-policy': 'no-referrer',
  vary: 'Origin, Authorization, Cookie',
  'x-content-type-options': 'nosniff',
};

/** An answer with the headers that all answers have. */
export function answer(
  status: number,
  body: BodyInit | null = null,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(body, { status, headers: { ...privately, ...headers } });
}

/** A stream of events as an answer that nothing on the way holds back or packs. */
export function eventAnswer(body: ReadableStream<Uint8Array>): Response {
  return answer(200, body, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'private, no-store, no-transform',
    'x-accel-buffering': 'no',
  });
}

/** An answer in JSON. */
export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return answer(status, JSON.stringify(value), { 'content-type': 'application/json', ...headers });
}

/** An answer about the request itself, not about a task: plain words, so that nobody takes it for an error of a task. */
export function plain(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Response {
  return answer(status, text, { 'content-type': 'text/plain; charset=utf-8', ...headers });
}

/** The answer where the gateway has nothing, whatever tasks there may be. */
export function nothingHere(): Response {
  return json(404, { code: 'UNSUPPORTED' satisfies ErrorCode, message: 'the gateway has nothing at this address' });
}

/** The one answer to whoever may not, whatever the reason and the route. */
export function denial(): Response {
  return json(403, { code: 'UNAUTHORIZED' satisfies ErrorCode, message: 'not allowed' });
}

/** The answer to a request that names or says what cannot be. */
export function invalid(message: string): Response {
  return json(400, { code: 'INVALID_ARGUMENT' satisfies ErrorCode, message });
}

/** The answer to a viewer who asks for more than there is room for. */
export function noRoom(whose: 'principal' | 'all', waitMs: number): Response {
  const headers = { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1_000))) };
  return whose === 'principal'
    ? json(429, { code: 'RATE_LIMITED' satisfies ErrorCode, message: 'you have too much open' }, headers)
    : json(503, { code: 'UNAVAILABLE' satisfies ErrorCode, message: 'too much is open' }, headers);
}

/** The status of an error that ended a watch or a download. */
const ofLost: Partial<Readonly<Record<ErrorCode, number>>> = { NOT_FOUND: 404, RATE_LIMITED: 429, TASK_FAILED: 404 };

/** The status of an error that a create or a cancel ended in. */
const ofChange: Partial<Readonly<Record<ErrorCode, number>>> = {
  INVALID_ARGUMENT: 400,
  NOT_FOUND: 404,
  CREATE_AMBIGUOUS: 409,
  REJECTED: 422,
  RATE_LIMITED: 429,
  LEDGER_FAILED: 500,
  UNSUPPORTED: 501,
};

/** The answer to whoever asked about a task that was lost, or a video that cannot be had. */
export function lost(error: RushesError): Response {
  return failure(ofLost[error.code] ?? 502, error);
}

/** The answer to a create or a cancel that failed. */
export function unchanged(error: RushesError): Response {
  return failure(isKeyReused(error) ? 409 : (ofChange[error.code] ?? 502), error);
}

/** An error as JSON, with the pause it asks for. */
export function failure(status: number, error: RushesError): Response {
  const { retryAfterMs } = error;
  const pause = retryAfterMs === undefined ? undefined : String(Math.max(1, Math.ceil(retryAfterMs / 1_000)));
  return json(status, shownError(error), pause === undefined ? {} : { 'retry-after': pause });
}
