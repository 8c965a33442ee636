import { type ErrorCode, isRushesError, messageOf, RushesError } from '../errors.js';

type Scrub = (text: string) => string;

/**
 * An error of the way to the network, fit to be shown: ours keep their code, foreign ones are `UNAVAILABLE`, and the
 * key is in none. `cause.code` is the system's word, such as `ECONNREFUSED`, wherever the platform put it.
 */
export function transportError(error: unknown, scrubKey: Scrub): RushesError {
  const ours = isRushesError(error) ? error : undefined;
  const cause = plain(ours ? ours.cause : error, scrubKey);
  const { code = 'UNAVAILABLE', task, retryable = true } = ours ?? {};
  const message = ours
    ? scrubKey(ours.message)
    : `the request could not be completed: ${cause?.message}${cause?.code ? ` (${cause.code})` : ''}`;
  return new RushesError<ErrorCode>(code, message, { task, retryable, cause });
}

interface PlainError {
  readonly name: string;
  readonly code?: string | undefined;
  readonly message: string;
  readonly cause?: PlainError | undefined;
}

/** The key goes first: a cut would leave a part of it that nothing recognises. */
function plain(error: unknown, scrubKey: Scrub, depth = 1): PlainError | undefined {
  if (error === undefined) return undefined;
  const { name, code, message = error, cause } = Object(error) as Record<string, unknown>;
  const inner = depth > 0 ? plain(cause, scrubKey, depth - 1) : undefined;
  return {
    name: scrubKey(String(name)),
    code: typeof code === 'string' ? scrubKey(code) : inner?.code,
    message: messageOf(typeof message === 'string' ? scrubKey(message) : {}),
    cause: inner,
  };
}
