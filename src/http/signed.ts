import { catchError, defer, from, mergeMap, type Observable } from 'rxjs';
import { invalidArgument, isRushesError, messageOf, RushesError } from '../errors.js';
import type { Operation, Provider } from '../providers/provider.js';
import { keyScrubber } from './key-scrubber.js';
import { originOf, parsed } from './origin.js';
import { toldError } from './told-error.js';
import type { SentRequest } from './transport.js';

type Scrub = (text: string) => string;

/** Sends a request that carries the key. What it emits has to pass `scrubKey` first. */
type Send<T> = (request: SentRequest, scrubKey: Scrub) => Observable<T>;

/**
 * The only place where a request gets its key: words `operation`, asks for the key, and hands both to `send`, which
 * stays synchronous when the key is a string. No error that comes out shows the key.
 *
 * @throws `INVALID_ARGUMENT` for a request outside the provider's own origin, or a key that no header can carry;
 * `UNAUTHORIZED`, retryable, when the key cannot be had.
 */
export function signed<T>(
  provider: Provider,
  maxBodyBytes: number,
  send: Send<T>,
): (operation: Operation) => Observable<T> {
  const origin = originOf(new URL(provider.baseUrl));
  let known: { readonly key: string; readonly scrub: Scrub } | undefined;
  return (operation) =>
    defer(() => {
      const request = provider.ask(operation);
      if (!request.url.startsWith(`${origin}/`) && originOf(parsed(request.url)) !== origin) {
        throw invalidArgument('request.url', `an address at ${origin}`, originOf(parsed(request.url)));
      }
      const sendWith = (key: string): Observable<T> => {
        if (known?.key !== key) known = { key, scrub: checkedScrubber(key) };
        const { scrub } = known;
        const headers = Object.assign({ 'cache-control': 'no-cache' }, request.headers, {
          authorization: `Bearer ${key}`,
        });
        return defer(() => send(Object.assign({}, request, { headers, maxBodyBytes }), scrub)).pipe(
          catchError((error: unknown) => {
            throw toldError(error, scrub);
          }),
        );
      };
      const key = keyOf(provider);
      return typeof key === 'string' ? sendWith(key) : key.pipe(mergeMap(sendWith));
    });
}

function keyOf(provider: Provider): string | Observable<string> {
  try {
    const key = provider.key();
    return typeof key === 'string' ? key : from(key).pipe(catchError(noKey));
  } catch (error) {
    return noKey(error);
  }
}

function noKey(error: unknown): never {
  if (isRushesError(error)) throw error;
  const message = `the key could not be obtained: ${messageOf(error)}`;
  throw new RushesError('UNAUTHORIZED', message, { retryable: true, cause: error });
}

/** Platforms show a header value that they refuse, so none may get there. */
function checkedScrubber(key: string): Scrub {
  if (/^[\x21-\x7e]+$/.test(key)) return keyScrubber(key);
  throw new RushesError('INVALID_ARGUMENT', 'apiKey: expected visible ASCII characters only');
}
