import { mergeMap, type Observable, of } from 'rxjs';
import { RushesError } from '../errors.js';
import type { HttpResponse } from '../providers/provider.js';
import { originOf, parsed } from './origin.js';
import type { OpenedResponse, SentRequest, Transport } from './transport.js';

/** How many redirects of a read are followed. */
export const MAX_HOPS = 3;

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Sends `request`, and follows the redirects of a GET: at most {@link MAX_HOPS}, within its own origin. Other methods
 * are sent once, whatever they are answered.
 *
 * @throws `BAD_RESPONSE`, not retryable, for a redirect that is not followed. `CREATE_AMBIGUOUS` when the transport
 * followed one of a POST by itself.
 */
export function followRedirects(
  send: Transport,
  request: SentRequest,
  hopsLeft: number = MAX_HOPS,
): Observable<HttpResponse> {
  return send(request).pipe(
    mergeMap((response) => {
      refuseFollowed(request, response);
      if (request.method !== 'GET' || !redirects.has(response.status)) return of(response);
      if (hopsLeft === 0) throw wrongBase(`the answer is a redirect, after ${MAX_HOPS} redirects`);
      return followRedirects(send, { ...request, url: target(request.url, response) }, hopsLeft - 1);
    }),
  );
}

/** A transport that follows redirects by itself can have sent the request anywhere, and twice. */
export function refuseFollowed(request: SentRequest, response: HttpResponse | OpenedResponse): void {
  if (response.url === '' || response.url === request.url) return;
  const asked = parsed(request.url);
  const answered = parsed(response.url);
  if (request.method === 'POST' && asked?.href !== answered?.href) {
    throw new RushesError(
      'CREATE_AMBIGUOUS',
      'the request was redirected by the platform and may have been sent twice',
    );
  }
  if (originOf(asked) !== originOf(answered)) throw wrongBase(`the answer comes from ${originOf(answered)}`);
}

function target(url: string, response: HttpResponse): string {
  const location = response.header('location');
  const next = location ? parsed(location, url) : undefined;
  if (!next) throw wrongBase('the answer is a redirect that leads nowhere, or whose target the platform hides');
  if (originOf(next) !== originOf(parsed(url))) throw wrongBase(`the answer is a redirect to ${originOf(next)}`);
  next.username = next.password = next.hash = '';
  return next.href;
}

function wrongBase(what: string): RushesError {
  return new RushesError('BAD_RESPONSE', `${what}, which is not followed: the base URL may be wrong`);
}
