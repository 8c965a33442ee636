import { catchError, defer, from, type Observable, of, switchMap } from 'rxjs';
import { RushesError } from '../errors.js';
import { exchangeDefaults } from './exchange.js';
import { originOf, parsed } from './origin.js';
import { isRedirect } from './redirects.js';
import type { OpenedResponse, Transport } from './transport.js';
import { transportError } from './transport-error.js';
import { type AddressPolicy, type AddressRules, addressPolicy } from './video-address.js';

/** How many redirects of a video are followed. */
export const MAX_VIDEO_HOPS = 5;

/** All that a stranger's server is told. */
const toldHeaders: ReadonlySet<string> = new Set(['accept', 'range', 'if-range']);

/**
 * Opens the address of a video of the provider at `baseUrl`: without the key, where `rules` let it, and through at most 5
 * redirects, each under the same rules.
 *
 * The address that a name leads to is checked where the transport sees it (`nodeTransport`, but not through a proxy); with
 * `fetch` a name of a private network is opened.
 *
 * @param headers - Of these, `accept`, `range` and `if-range` are sent.
 * @param redirector - The address that redirected to `url`.
 * @throws In the stream: `DOWNLOAD_FAILED` for an address that is not opened, `BAD_RESPONSE` for a redirect without end or
 * aim, `UNAVAILABLE` (retryable) when the request cannot be completed.
 * @example
 * ```ts
 * openAddress(fetchTransport(), 'https://api.cometapi.com')(videoUrl).subscribe(({ status }) => console.log(status)); // 200
 * ```
 */
export function openAddress(
  transport: Transport,
  baseUrl: string,
  rules: AddressRules = {},
): (url: string, headers?: Readonly<Record<string, string>>, redirector?: string) => Observable<OpenedResponse> {
  return (url, headers = {}, redirector) => {
    const told = Object.entries(headers).filter(([name]) => toldHeaders.has(name));
    const sent = { ...Object.fromEntries(told), 'accept-encoding': 'identity' };
    return defer(() => from(addressPolicy(baseUrl, rules))).pipe(
      switchMap((policy) => follow({ transport, policy, headers: sent }, url, redirector, MAX_VIDEO_HOPS)),
    );
  };
}

interface Journey {
  readonly transport: Transport;
  readonly policy: AddressPolicy;
  readonly headers: Readonly<Record<string, string>>;
}

function follow(
  journey: Journey,
  to: string,
  redirector: string | undefined,
  hopsLeft: number,
): Observable<OpenedResponse> {
  return defer(() => {
    const url = checked(to, redirector, journey.policy);
    return opened(journey, url).pipe(
      switchMap((response) => {
        const location = onward(url, response, hopsLeft);
        return location === undefined ? of(response) : follow(journey, location, url.href, hopsLeft - 1);
      }),
    );
  });
}

function checked(to: string, redirector: string | undefined, policy: AddressPolicy): URL {
  const url = to === '' ? undefined : parsed(to, redirector);
  if (!url && redirector !== undefined) throw aimless();
  if (!url) throw new RushesError('DOWNLOAD_FAILED', 'the video has no address that can be opened');
  url.hash = '';
  const isLowered = url.protocol === 'http:' && redirector?.startsWith('https:');
  const refusal = isLowered ? 'a redirect may not leave https' : policy.ofUrl(url);
  if (refusal !== undefined) throw refused(url, refusal);
  return url;
}

/** One request; its transport says where it is about to connect to, and is told whether it may. */
function opened({ transport, policy, headers }: Journey, url: URL): Observable<OpenedResponse> {
  const { maxBodyBytes } = exchangeDefaults;
  let refusal: string | undefined;
  const mayConnect = (address: string) => {
    const why = policy.ofIp(address);
    refusal ??= why;
    return why === undefined;
  };
  return transport.open({ method: 'GET', url: url.href, template: '', headers, maxBodyBytes, mayConnect }).pipe(
    catchError((error: unknown) => {
      throw refusal === undefined ? transportError(error, (text) => text) : refused(url, refusal);
    }),
  );
}

/** The Location of a redirect; `undefined` when the answer is none. */
function onward(url: URL, response: OpenedResponse, hopsLeft: number): string | undefined {
  const answered = response.url === '' ? url : parsed(response.url);
  const isStray = originOf(answered) !== originOf(url);
  if (!isStray && !isRedirect(response)) return undefined;
  response.body.cancel().catch(() => undefined);
  if (isStray) throw new RushesError('BAD_RESPONSE', `the platform went on to ${originOf(answered)} by itself`);
  if (hopsLeft === 0) throw new RushesError('BAD_RESPONSE', `the video redirects more than ${MAX_VIDEO_HOPS} times`);
  return response.header('location') ?? '';
}

function refused(url: URL, why: string): RushesError {
  return new RushesError('DOWNLOAD_FAILED', `the video is not opened at ${originOf(url)}: ${why}`);
}

function aimless(): RushesError {
  return new RushesError('BAD_RESPONSE', 'the video redirects to nowhere, or the platform hides where it leads');
}
