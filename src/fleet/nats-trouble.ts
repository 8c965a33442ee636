import { isClosed } from '../bridges/nats/nats-stream.js';
import { isRushesError, messageOf, RushesError } from '../errors.js';

/** What NATS, or its client, failed with: trouble that may pass, unless the connection is closed for good. */
export function natsTrouble(error: unknown): RushesError {
  if (isRushesError(error)) return error;
  return new RushesError('UNAVAILABLE', inWords(error), { retryable: !isClosed(error), cause: error });
}

function inWords(error: unknown): string {
  if (isClosed(error)) return 'the connection to NATS is closed';
  if (Object(error).name === 'StreamNotFoundError' || /stream not found/i.test(messageOf(error)))
    return 'the fleet has no streams yet: the first worker makes them, or `rushes fleet upgrade`';
  return `NATS failed: ${messageOf(error)}`;
}
