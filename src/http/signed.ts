import { Observable } from 'rxjs';
import { invalidArgument, isRushesError, messageOf, RushesError } from '../errors.js';
import type { Operation, Provider } from '../providers/provider.js';
import { converse, type Way } from './conversation.js';
import { keyScrubber } from './key-scrubber.js';
import { originOf, parsed } from './origin.js';

/**
 * The only place where a request gets its key: words an operation, signs it and sends it, synchronously when the key
 * is a string.
 *
 * @throws `INVALID_ARGUMENT` for a request outside the provider's own origin, or a key that no header can carry;
 * `UNAUTHORIZED`, retryable, when the key cannot be had.
 */
export function signed<Answer, Shown>(
  provider: Provider,
  maxBodyBytes: number,
  way: Way<Answer, Shown>,
): (operation: Operation, onHandedOver?: () => void) => Observable<Shown> {
  const origin = originOf(new URL(provider.baseUrl));
  let known: { readonly key: string; readonly scrub: (text: string) => string } | undefined;
  return (operation, onHandedOver) =>
    new Observable((subscriber) => {
      const request = provider.ask(operation);
      if (!request.url.startsWith(`${origin}/`) && originOf(parsed(request.url)) !== origin) {
        throw invalidArgument('request.url', `an address at ${origin}`, originOf(parsed(request.url)));
      }
      const start = (key: string): void => {
        if (known?.key !== key) known = { key, scrub: checkedScrubber(key) };
        const headers = Object.assign({ 'cache-control': 'no-cache' }, request.headers, {
          authorization: `Bearer ${key}`,
        });
        onHandedOver?.();
        converse(way, Object.assign({}, request, { headers, maxBodyBytes }), known.scrub, subscriber);
      };
      const key = keyOf(provider);
      if (typeof key === 'string') start(key);
      else key.then((made) => subscriber.closed || start(made), noKey).catch((error) => subscriber.error(error));
    });
}

function keyOf(provider: Provider): string | Promise<string> {
  try {
    return provider.key();
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
function checkedScrubber(key: string): (text: string) => string {
  if (/^[\x21-\x7e]+$/.test(key)) return keyScrubber(key);
  throw new RushesError('INVALID_ARGUMENT', 'apiKey: expected visible ASCII characters only');
}
