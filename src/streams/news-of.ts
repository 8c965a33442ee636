import { taskKey } from '../task/ref.js';
import { isStatus, isTerminalStatus } from '../task/status.js';

/** What a buffer has to know of a snapshot or a task event. */
export interface News {
  /** Which task it is about. */
  readonly key: string;
  /** Newer news of the task makes it old; the end of a task or of its watch is not live. */
  readonly isLive: boolean;
}

/** What `value` says about a task; `undefined` when it is neither a `Snapshot` nor a `TaskEvent`. */
export function newsOf(value: unknown): News | undefined {
  const { kind, task, snapshot, status } = fieldsOf(value);
  const { provider, id } = fieldsOf(task);
  if (typeof provider !== 'string' || typeof id !== 'string') return undefined;
  const key = taskKey({ provider, id });
  if (kind === 'lost') return { key, isLive: false };
  const word = kind === 'snapshot' ? fieldsOf(snapshot)['status'] : status;
  return isStatus(word) ? { key, isLive: !isTerminalStatus(word) } : undefined;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
