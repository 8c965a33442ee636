import { type ErrorCode, isErrorCode, RushesError } from '../errors.js';
import { readText } from '../providers/read-text.js';
import type { TaskRef } from '../task/ref.js';
import { toldTask } from './told-task.js';

/** What may go better the next time, for whoever asks about a task again. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'RATE_LIMITED',
  'UNAVAILABLE',
  'BAD_RESPONSE',
  'DEADLINE',
  'STALLED',
  'SOURCE_ENDED',
]);

/**
 * The error that another process told as JSON, about `task` where it names none; `undefined` when it is none.
 *
 * @param value - What `parseBody` made of its JSON.
 */
export function toldError(value: unknown, task?: TaskRef): RushesError | undefined {
  const said = Object(value) as Readonly<Record<string, unknown>>;
  const { code } = said;
  if (!isErrorCode(code)) return undefined;
  const message = readText(said.message) ?? 'no reason was given';
  return new RushesError<ErrorCode>(code, message, {
    task: toldTask(said.task) ?? task,
    retryable: passing.has(code),
  });
}
