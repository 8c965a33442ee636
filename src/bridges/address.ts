import { invalidArgument } from '../errors.js';
import type { TaskRef } from '../task/ref.js';
import { encodeToken } from '../task/token.js';
import { toldTask } from '../told/told-task.js';

/**
 * Where news of a task goes, as parts that are plain text in the address language of every bus.
 *
 * @throws `INVALID_ARGUMENT` for what names no task, as an event made by hand can.
 */
export function addressOf(task: TaskRef): readonly [provider: string, token: string] {
  const known = toldTask(task);
  if (!known) throw invalidArgument('task', 'a TaskRef', Object(task).id);
  return [known.provider, encodeToken(known.id)];
}

/** @throws `INVALID_ARGUMENT` for an address that is longer than the bus can carry: it is never cut. */
export function checkAddress(what: string, address: string, maxBytes: number): string {
  // A character has at least one byte, and at most three for each code unit.
  const isShort = 3 * address.length <= maxBytes;
  if (!isShort && new TextEncoder().encode(address).length > maxBytes)
    throw invalidArgument(what, `at most ${maxBytes} bytes with the task's address in it`, address);
  return address;
}
