import type { TaskRef } from '../../task/ref.js';
import { allEndedId, endId, lostId } from '../wire/event-id.js';

/** Whether a reconnect has seen the end of `tasks`: of one as such, or of many. */
export function hasSeenEnd(
  request: Request | undefined,
  tasks: readonly TaskRef[],
  form: 'one' | 'many' | undefined,
): boolean {
  const seen = request?.headers.get('last-event-id');
  const [first] = tasks;
  if (!seen || !first) return false;
  return form === 'one' ? seen === endId(first) || seen === lostId(first) : seen === allEndedId(tasks);
}
