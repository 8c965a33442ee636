import { RushesError } from '../errors.js';
import type { HttpResponse } from '../providers/provider.js';
import { originOf, parsed } from './origin.js';
import type { SentRequest } from './transport.js';

type Head = Omit<HttpResponse, 'text'>;

/** How many redirects of a read are followed. */
export const MAX_HOPS = 3;

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Whether an answer asks to go on elsewhere. */
export function isRedirect({ status }: Pick<Head, 'status'>): boolean {
  return redirects.has(status);
}

/**
 * The request that a GET's redirect asks for: within its own origin, with the same headers. `undefined` when the answer
 * is none, or answers another method, which is never sent twice.
 *
 * @throws `BAD_RESPONSE`, not retryable, for a redirect that is not followed; what {@link refuseFollowed} throws.
 */
export function redirected(request: SentRequest, response: Head, hopsLeft: number): SentRequest | undefined {
  refuseFollowed(request, response);
  if (request.method !== 'GET' || !isRedirect(response)) return undefined;
  if (hopsLeft === 0) throw wrongBase(`redirected more than ${MAX_HOPS} times`);
  const location = response.header('location');
  const target = location ? parsed(location, request.url) : undefined;
  if (!target) throw wrongBase('redirected to nowhere, or the platform hides where it leads');
  if (originOf(target) !== originOf(parsed(request.url))) throw wrongBase(`redirected to ${originOf(target)}`);
  target.username = target.password = target.hash = '';
  return { ...request, url: target.href };
}

/**
 * A transport that follows redirects by itself can have sent the request anywhere.
 *
 * @throws `BAD_RESPONSE`, not retryable, for what another origin answered. Not for a POST: it was sent, maybe twice, and
 * its answer may name a task.
 */
export function refuseFollowed(request: SentRequest, response: Head): void {
  if (request.method === 'POST' || response.url === '' || response.url === request.url) return;
  const asked = originOf(parsed(request.url));
  const answered = originOf(parsed(response.url));
  if (asked !== answered) throw wrongBase(`answered by ${answered}`);
}

/** Whether the platform followed a redirect of `request` by itself. */
export function wasFollowed(request: SentRequest, { redirected = false, url }: Head): boolean {
  return redirected || (url !== '' && parsed(url)?.href !== parsed(request.url)?.href);
}

function wrongBase(what: string): RushesError {
  return new RushesError('BAD_RESPONSE', `${what}: the base URL may be wrong`);
}
