import type { Heard, Operation } from '../../providers/provider.js';
import { idProblem } from '../../task/ref.js';
import type { Snapshot } from '../../task/snapshot.js';
import { isStatus, isTerminalStatus } from '../../task/status.js';

const readCodes: readonly string[] = [
  'UNAUTHORIZED',
  'NOT_FOUND',
  'REJECTED',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'BAD_RESPONSE',
];
const createCodes = ['UNAUTHORIZED', 'REJECTED', 'RATE_LIMITED', 'CREATE_AMBIGUOUS'];
const MAX_TEXT = 2_000;
const MAX_LINK = 8_192;

/** What is wrong with what was heard, whatever was said, in words that follow "it"; `undefined` for nothing. */
export function oddityOf(heard: Heard, operation: Operation): string | undefined {
  const { kind } = operation;
  if (heard.kind === 'done') return kind === 'cancel' || kind === 'content' ? undefined : 'is done';
  if (heard.kind === 'problem') return problemOddity(heard, kind === 'create' ? createCodes : readCodes);
  if (heard.kind !== 'snapshot') return 'is neither a snapshot nor a problem';
  if (kind === 'cancel' || kind === 'content') return 'is a snapshot';
  if (!canBeSaid(heard)) return 'cannot be said as JSON';
  const task = kind === 'read' ? operation.task : undefined;
  return taskOddity(heard.snapshot, task) ?? factOddity(heard.snapshot) ?? endOddity(heard.snapshot);
}

function problemOddity(
  { code, message, retryable }: Extract<Heard, { kind: 'problem' }>,
  codes: readonly string[],
): string | undefined {
  if (!codes.includes(code)) return `has the code ${code}`;
  if (typeof retryable !== 'boolean') return 'does not say whether it is retryable';
  if (typeof message !== 'string' || message.trim() === '') return 'has no message';
  if (message.length > MAX_TEXT) return `has a message of more than ${MAX_TEXT} characters`;
  return /\p{Cc}|\p{Bidi_Control}/u.test(message) ? 'has control characters in its message' : undefined;
}

function taskOddity(
  { task }: Snapshot,
  asked: Extract<Operation, { kind: 'read' }>['task'] | undefined,
): string | undefined {
  if (idProblem(task?.id) !== undefined) return 'has a task with an id that is none';
  return asked && (task.id !== asked.id || task.provider !== asked.provider) ? 'is about another task' : undefined;
}

function factOddity(snapshot: Snapshot): string | undefined {
  const { progress = 0, seconds = 1, createdAt, providerStatus, model = '', size = '' } = snapshot;
  const { completedAt, expiresAt } = snapshot as { completedAt?: number; expiresAt?: number };
  if (!isPlain(snapshot)) return 'is no plain JSON';
  if (!isStatus(snapshot.status)) return 'has no status';
  if (!(progress >= 0 && progress <= 100)) return 'has a progress outside 0-100';
  if (!(seconds > 0)) return 'has no length in seconds';
  if (![createdAt, completedAt, expiresAt].every(isMoment)) return 'has a time outside 2000-2100';
  if (typeof providerStatus !== 'string') return 'has no providerStatus';
  return [providerStatus, model, size].some((text) => text.length > MAX_TEXT)
    ? `has a text of more than ${MAX_TEXT} characters`
    : undefined;
}

function endOddity(snapshot: Snapshot): string | undefined {
  const isFailure = isTerminalStatus(snapshot.status) && snapshot.status !== 'completed';
  if ('error' in snapshot !== isFailure) return isFailure ? 'has no error' : 'has an error, but has not failed';
  if ('error' in snapshot && !(snapshot.error.message?.trim() && snapshot.error.message.length <= MAX_TEXT)) {
    return `has no message of 1-${MAX_TEXT} characters in its error`;
  }
  if (!('videoUrl' in snapshot)) return undefined;
  if (snapshot.status !== 'completed') return 'has a link, but has not completed';
  const { videoUrl = '' } = snapshot;
  return /^https?:\/\//i.test(videoUrl) && videoUrl.length <= MAX_LINK ? undefined : 'has a link that is none';
}

function isMoment(ms: number | undefined): boolean {
  return ms === undefined || (ms >= Date.UTC(2000, 0) && ms < Date.UTC(2101, 0));
}

/** A snapshot is shallow; anything that makes this recurse is wrong anyway. */
function isPlain(value: unknown, depth = 0): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth > 64) return false;
  const prototype: unknown = Reflect.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return false;
  return Reflect.ownKeys(value).every(
    (key) =>
      (Array.isArray(value) && key === 'length') ||
      (typeof key === 'string' && isPlain(Reflect.get(value, key), depth + 1)),
  );
}

function canBeSaid(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}
