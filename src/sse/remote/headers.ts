import { isRushesError, messageOf, RushesError } from '../../errors.js';
import { keyScrubber } from '../../http/key-scrubber.js';

/** Headers by their names. */
export type RemoteHeaders = Readonly<Record<string, string>>;

/**
 * Headers as they can be sent, by lower-case names. Platforms show a value that they refuse, so none may get there.
 *
 * @throws `INVALID_ARGUMENT`, which shows no value.
 */
export function checkHeaders(headers: unknown): RemoteHeaders {
  const isRecord = typeof headers === 'object' && headers !== null && !(Symbol.iterator in headers);
  const entries = isRecord ? Object.entries(headers) : undefined;
  if (!entries?.every(([name, value]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && isSendable(value))) {
    throw new RushesError('INVALID_ARGUMENT', 'headers: expected an object of names and values that can be sent');
  }
  return Object.freeze(Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value])));
}

/** What `ask` says the headers are. @throws `UNAUTHORIZED`, retryable, when they cannot be had. */
export async function currentHeaders(ask: () => RemoteHeaders | Promise<RemoteHeaders>): Promise<RemoteHeaders> {
  let headers: RemoteHeaders;
  try {
    headers = await ask();
  } catch (error) {
    if (isRushesError(error)) throw error;
    const message = `the headers could not be had: ${messageOf(error)}`;
    throw new RushesError('UNAUTHORIZED', message, { retryable: true, cause: error });
  }
  return checkHeaders(headers);
}

/** Makes a function that takes whatever in `headers` is a credential out of a text. */
export function headerScrubber(headers: RemoteHeaders): (text: string) => string {
  const scrubs = Object.entries(headers)
    .filter(([name]) => /auth|token|key|secret|cookie|session/.test(name))
    .flatMap(([, value]) => value.split(/[\s;,]+/))
    .map(keyScrubber);
  return (text) => scrubs.reduce((rest, scrub) => scrub(rest), text);
}

/** What says which task it is about and how that stands: a credential that is the same word does not make it another. */
const plainWords: ReadonlySet<string> = new Set(['provider', 'id', 'status', 'kind', 'code']);

/** JSON text without credentials in what is said for people; other text without any. */
export function scrubJson(text: string, scrub: (text: string) => string): string {
  const clean = scrub(text);
  if (clean === text) return text;
  try {
    return JSON.stringify(
      JSON.parse(text, (name, value) => (typeof value === 'string' && !plainWords.has(name) ? scrub(value) : value)),
    );
  } catch {
    return clean;
  }
}

/** Characters of one byte, so that they can be sent, and looked for in whatever form they come back. */
function isSendable(value: unknown): value is string {
  return typeof value === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}
