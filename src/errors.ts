import type { TaskRef } from './task/ref.js';
import type { FailedSnapshot, Snapshot } from './task/snapshot.js';

const errorCodes = [
  'INVALID_ARGUMENT',
  'UNAUTHORIZED',
  'NOT_FOUND',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'BAD_RESPONSE',
  'DEADLINE',
  'STALLED',
  'SOURCE_ENDED',
  'UNSUPPORTED',
  'REJECTED',
  'CREATE_AMBIGUOUS',
  'LEDGER_FAILED',
  'TASK_FAILED',
  'DOWNLOAD_FAILED',
  'PUBLISH_FAILED',
  'FLEET_CONFIG',
] as const;

/** Why something went wrong. Each has a heading in `docs/errors.md`. */
export type ErrorCode = (typeof errorCodes)[number];

/** Whether `value` is a code of this version. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return (errorCodes as readonly unknown[]).includes(value);
}

/** All that is known of a create that may or may not have made a task: enough to look it up by hand. */
export interface CreateTrace {
  /** The provider's name. */
  readonly provider: string;
  readonly baseUrl: string;
  readonly model: string;
  /** When it was sent, in epoch milliseconds. */
  readonly sentAt: number;
  /** Its key in the client's ledger, for `settle`. */
  readonly key?: string;
  readonly idempotencyKey?: string;
  /** The HTTP status of the answer, where there was one. */
  readonly status?: number;
  /** The ids by which the provider or a gateway knows the request, by the name of their header. */
  readonly requestIds: Readonly<Record<string, string>>;
}

/** What an error knows beside its code and message. */
export interface ErrorDetails<Code extends ErrorCode = ErrorCode> {
  /** The task it is about. */
  readonly task?: TaskRef | undefined;
  /** Doing the same call again is safe, also for the purse, and may succeed. @defaultValue `false` */
  readonly retryable?: boolean | undefined;
  /** The last that was known of the task; not enumerable, so that no signed URL reaches a log by accident. */
  readonly lastSnapshot?: (Code extends 'TASK_FAILED' ? FailedSnapshot : Snapshot) | undefined;
  /** How long the server asked to wait before asking again. */
  readonly retryAfterMs?: number | undefined;
  /** The create that a `CREATE_AMBIGUOUS` is about. */
  readonly create?: CreateTrace | undefined;
  /** The event that was given up; not enumerable, as it may tell a signed URL. */
  readonly event?: unknown;
  /** What caused it; a foreign error is kept as name, code and scrubbed message only. */
  readonly cause?: unknown;
}

const brand = Symbol.for('rushes.error');

/**
 * Every error of this library. Tell them apart by `code`, and recognise them with {@link isRushesError}, which also
 * works across two copies of the library.
 *
 * @example
 * ```ts
 * const error = new RushesError('NOT_FOUND', 'no such task', { task: { provider: 'ark', id: 'cgt-1' } });
 * JSON.stringify(error); // {"code":"NOT_FOUND","message":"no such task","task":{"provider":"ark","id":"cgt-1"}}
 * ```
 */
export class RushesError<Code extends ErrorCode = ErrorCode> extends Error {
  /** Why. */
  readonly code: Code;
  /** The task it is about. */
  declare readonly task?: TaskRef;
  /** Doing the same call again is safe, also for the purse, and may succeed. */
  readonly retryable: boolean;
  /** How long the server asked to wait before asking again. */
  declare readonly retryAfterMs?: number;
  /** The create that a `CREATE_AMBIGUOUS` is about: what to look for, where and when. */
  declare readonly create?: CreateTrace;
  /** The event that was given up: a `CloudEvent`, see `isPublishFailed`. */
  declare readonly event?: unknown;
  /** The last that was known of the task. */
  declare readonly lastSnapshot?: Code extends 'TASK_FAILED' ? FailedSnapshot : Snapshot;

  constructor(code: Code, message: string, details: ErrorDetails<Code> = {}) {
    super(message);
    this.code = code;
    this.retryable = details.retryable ?? false;
    if (details.task) this.task = details.task;
    if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs;
    if (details.create) this.create = details.create;
    hide(this, 'name', 'RushesError');
    hide(this, brand, true);
    if (details.lastSnapshot) hide(this, 'lastSnapshot', details.lastSnapshot);
    if (details.event !== undefined) hide(this, 'event', details.event);
    if (details.cause !== undefined) hide(this, 'cause', presentable(details.cause));
  }

  /** Code, message, task and its last status, or the create: what may go into a log or over a wire. */
  toJSON(): { code: Code; message: string; task?: TaskRef; status?: Snapshot['status']; create?: CreateTrace } {
    const { code, message, task, lastSnapshot, create } = this;
    return {
      code,
      message,
      ...(task && { task }),
      ...(lastSnapshot && { status: lastSnapshot.status }),
      ...(create && { create }),
    };
  }
}

/** {@link RushesError} as a union on `code`, for `switch` and narrowing. */
export type AnyRushesError = { [Code in ErrorCode]: RushesError<Code> }[ErrorCode];

/** The error of a watch that was lost: it names the task, so that the watch can be taken up again. */
export type LostError = AnyRushesError & { readonly task: TaskRef };

/** Whether `error` is one of ours, whichever copy of the library made it. */
export function isRushesError(error: unknown): error is AnyRushesError {
  return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[brand] === true;
}

const saysNothingOfFate: ReadonlySet<ErrorCode> = new Set([
  'TASK_FAILED',
  'CREATE_AMBIGUOUS',
  'LEDGER_FAILED',
  'DOWNLOAD_FAILED',
]);

/**
 * Whether `error` ended a watch without saying how the task ended: its fate is unknown, and `client.watch(error.task)`
 * takes it up again.
 */
export function isLost(error: unknown): error is LostError {
  return isRushesError(error) && error.task !== undefined && !saysNothingOfFate.has(error.code);
}

/** The same error, told about `task`; what it already knows of a task stays. */
export function aboutTask(error: unknown, task: TaskRef, lastSnapshot?: Snapshot): RushesError {
  if (!isRushesError(error)) {
    return new RushesError('UNAVAILABLE', `the source of the task failed: ${messageOf(error)}`, {
      task,
      lastSnapshot,
      retryable: true,
      cause: error,
    });
  }
  if (error.task && (error.lastSnapshot || !lastSnapshot)) return error;
  return new RushesError(error.code as ErrorCode, error.message, {
    task: error.task ?? task,
    lastSnapshot: error.lastSnapshot ?? lastSnapshot,
    retryable: error.retryable,
    retryAfterMs: error.retryAfterMs,
    create: error.create,
    event: error.event,
    cause: error.cause,
  });
}

/** An argument that is not what it must be: the option, what was expected, what came. */
export function invalidArgument(option: string, expected: string, received: unknown): RushesError<'INVALID_ARGUMENT'> {
  return new RushesError('INVALID_ARGUMENT', `${option}: expected ${expected}, received ${shown(received)}`);
}

/** Options are an object of known names: a mistyped one would be ignored in silence. @throws `INVALID_ARGUMENT`. */
export function checkNames(label: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw invalidArgument(label, 'an object', options);
  const wrong = Object.keys(options).find((name) => !names.includes(name));
  if (wrong !== undefined) throw invalidArgument(label, `no other options than ${names.join(', ')}`, wrong);
}

/** @throws `INVALID_ARGUMENT` for an option that is there and is no function. */
export function checkFunctions(options: Readonly<Record<string, unknown>>): void {
  for (const [name, option] of Object.entries(options)) {
    if (option !== undefined && typeof option !== 'function') throw invalidArgument(name, 'a function', option);
  }
}

/** The longest foreign text that is shown or kept. */
export const MAX_TEXT = 2_000;

/**
 * Make foreign text fit to be shown: no bearer token, no query, fragment or userinfo of an address, no control
 * character, at most 2,000 characters.
 */
export function scrub(text: string): string {
  return startOf(text)
    .replace(/\b(bearer|basic)[\s\p{Cc}\p{Bidi_Control}]+[^\s"'<>,;]+/giu, '$1 [redacted]')
    .replace(/([a-z][a-z0-9+.-]{1,15}:\/\/)[^\s/?#"'<>]*@/gi, '$1')
    .replace(/([a-z][a-z0-9+.-]{1,15}:\/\/[^\s?#"'<>]*)[?#][^\s"'<>]*/gi, '$1')
    .replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu, ' ')
    .slice(0, MAX_TEXT);
}

/** An address that the cut goes through may have lost the `@` by which its userinfo is known: its host goes too. */
function startOf(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  // Engines keep the whole of a string alive for a slice of it, which would hold a megabyte for each task.
  const start = Array.from(text.slice(0, MAX_TEXT)).join('');
  return start.replace(/([a-z][a-z0-9+.-]{1,15}:\/\/)[^\s/?#"'<>]*$/i, '$1');
}

/** The message of anything that was thrown, scrubbed. */
export function messageOf(error: unknown): string {
  const message = typeof error === 'object' && error !== null ? (error as { message?: unknown }).message : error;
  return scrub(
    typeof message === 'string' && message !== '' ? message : typeof error === 'object' ? 'no message' : shown(error),
  );
}

/** Foreign errors carry requests, headers and sockets; only what may be shown is kept of them. */
function presentable(cause: unknown, depth = 3): unknown {
  if (isRushesError(cause)) return cause;
  const { name, code, cause: inner } = Object(cause) as { name?: unknown; code?: unknown; cause?: unknown };
  return {
    name: typeof name === 'string' ? scrub(name) : typeof cause,
    ...(typeof code === 'string' && { code: scrub(code) }),
    message: messageOf(cause),
    ...(inner !== undefined && depth > 1 && { cause: presentable(inner, depth - 1) }),
  };
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(scrub(value).slice(0, 100));
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}

function hide(target: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: false, configurable: true, writable: false });
}
