import { invalidArgument } from '../../errors.js';
import type { TaskRef } from '../../task/ref.js';
import { addressOf } from '../address.js';

/** The key of all news of a task. */
export function keyOf(task: TaskRef): string {
  return addressOf(task).join('/');
}

/** @throws `INVALID_ARGUMENT` for a name that Kafka refuses. */
export function checkTopic(option: string, topic: unknown): string {
  if (typeof topic === 'string' && /^[a-zA-Z0-9._-]{1,249}$/.test(topic) && !/^\.{1,2}$/.test(topic)) return topic;
  throw invalidArgument(option, '1-249 characters of a-z, A-Z, 0-9, ".", "_" and "-", not "." or ".."', topic);
}
