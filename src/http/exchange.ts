import type { Observable } from 'rxjs';
import { invalidArgument } from '../errors.js';
import type { HttpResponse, Operation, Provider } from '../providers/provider.js';
import { redirected, wasFollowed } from './redirects.js';
import { signed } from './signed.js';
import type { Transport } from './transport.js';

/** How {@link exchange} reads answers. */
export interface ExchangeOptions {
  /** The most bytes, after decompression, that an answer may have. @defaultValue 1_048_576 */
  readonly maxBodyBytes?: number;
}

/** The default of {@link exchange}. */
export const exchangeDefaults = Object.freeze({ maxBodyBytes: 1_048_576 } as const satisfies Required<ExchangeOptions>);

/**
 * Asks `provider` over `transport`: one operation, one answer, the key neither in the answer nor in an error. Reads
 * follow redirects within the provider's origin and bypass caches. It needs no time: with a transport in virtual time
 * all of it runs in virtual time, and synchronously when the key is a string.
 *
 * A POST that the platform redirected by itself is answered as `redirected`. `onHandedOver` is called when the request is
 * about to be given to the transport: before that, leaving means that nothing is sent.
 *
 * @throws `INVALID_ARGUMENT` for a cap that is none. The answer errors with `UNAVAILABLE` (retryable) when the request
 * cannot be completed, `BAD_RESPONSE` for a body over the cap (retryable) or a redirect that is not followed,
 * `UNAUTHORIZED` (retryable) when the key cannot be had, and what `provider.ask` and `provider.key` throw.
 * @example
 * ```ts
 * const ask = exchange(provider, fetchTransport());
 * ask({ kind: 'read', task }).subscribe((response) => console.log(response.status));
 * ```
 */
export function exchange(
  provider: Provider,
  transport: Transport,
  options: ExchangeOptions = {},
): (operation: Operation, onHandedOver?: () => void) => Observable<HttpResponse> {
  const { maxBodyBytes = exchangeDefaults.maxBodyBytes } = options;
  if (!(typeof maxBodyBytes === 'number' && maxBodyBytes > 0))
    throw invalidArgument('maxBodyBytes', 'a number of bytes above 0', maxBodyBytes);
  return signed(provider, maxBodyBytes, {
    send: transport,
    redirect: redirected,
    show: (response, scrubKey, request) => {
      const shown = scrubbed(response, scrubKey, { text: scrubKey(response.text) });
      return request.method === 'POST' && wasFollowed(request, response) ? { ...shown, redirected: true } : shown;
    },
  });
}

type Head = Omit<HttpResponse, 'text'>;

/** An answer with another body, and a head that cannot show the key. */
export function scrubbed<Body>(response: Head, scrubKey: (text: string) => string, body: Body): Head & Body {
  return {
    status: response.status,
    url: scrubKey(response.url),
    header: (name) => {
      const value = response.header(name);
      return value === null ? null : scrubKey(value);
    },
    ...body,
  };
}
