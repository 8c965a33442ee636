import type { TaskEvent } from '../operators/task-event.js';
import { isSameTask } from '../task/ref.js';
import { toldError } from './told-error.js';
import { toldSnapshot } from './told-snapshot.js';
import { toldTask } from './told-task.js';

/**
 * News of a task that another process told as JSON; `undefined` when it is none, or speaks of two tasks at once.
 *
 * @param value - What `parseBody` made of its JSON.
 */
export function toldEvent(value: unknown): TaskEvent | undefined {
  const said = Object(value) as Readonly<Record<string, unknown>>;
  const task = toldTask(said.task);
  if (!task) return undefined;
  if (said.kind === 'lost') {
    const error = toldError(said.error, task);
    return error?.task && isSameTask(error.task, task) ? { kind: 'lost', task, error } : undefined;
  }
  const snapshot = said.kind === 'snapshot' ? toldSnapshot(said.snapshot) : undefined;
  return snapshot && isSameTask(snapshot.task, task) ? { kind: 'snapshot', task, snapshot } : undefined;
}
