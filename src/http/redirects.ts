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
 * A transport that follows redirects by itself can have sent the request anywhere, and twice.
 *
 * @throws `CREATE_AMBIGUOUS` for a POST answered by another address; `BAD_RESPONSE`, not retryable, for any request
 * answered by another origin.
 */
export function refuseFollowed(request: SentRequest, response: Head): void {
  if (response.url === '' || response.url === request.url) return;
  const asked = parsed(request.url);
  const answered = parsed(response.url);
  if (request.method === 'POST' && asked?.href !== answered?.href) {
    throw new RushesError('CREATE_AMBIGUOUS', 'the platform redirected the request by itself, maybe sending it twice');
  }
  if (originOf(asked) !== originOf(answered)) throw wrongBase(`answered by ${originOf(answered)}`);
}

function wrongBase(what: string): RushesError {
  return new RushesError('BAD_RESPONSE', `${what}: the base URL may be wrong`);
}
