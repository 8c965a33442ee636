import { invalidArgument } from '../errors.js';
import type { TaskRef } from '../task/ref.js';
import { encodeToken } from '../task/token.js';

/** Where news of a task goes, as parts that are plain text in the address language of every bus. */
export function addressOf({ provider, id }: TaskRef): readonly [provider: string, token: string] {
  return [provider, encodeToken(id)];
}

/** @throws `INVALID_ARGUMENT` for an address that is longer than the bus can carry: it is never cut. */
export function checkAddress(what: string, address: string, maxBytes: number): string {
  const bytes = new TextEncoder().encode(address).length;
  if (bytes > maxBytes) throw invalidArgument(what, `at most ${maxBytes} bytes with the task's address in it`, address);
  return address;
}
