import type { Client } from '../client.js';
import { invalidArgument } from '../errors.js';

/** @throws `INVALID_ARGUMENT` when `client` is none. */
export function checkClient(client: Client): void {
  if (typeof client?.content !== 'function') throw invalidArgument('client', 'what createClient gives', client);
}
