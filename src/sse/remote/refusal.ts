import { keyReused } from '../../create/key-reused.js';
import { RushesError } from '../../errors.js';
import { readHint } from '../../http/hints.js';
import { isRedirect } from '../../http/redirects.js';
import { factsOf } from '../../providers/facts.js';
import { parseBody } from '../../providers/parse-body.js';
import type { HttpResponse } from '../../providers/provider.js';
import { redirectOrigin } from '../../providers/redirect-origin.js';
import { toldError } from '../../told/told-error.js';

/** What an answer that is not what was asked for means, as far as the gateway says it. */
export interface Refusal {
  readonly error: RushesError;
  /** The gateway itself says it: not something that stands before it, and not a guess. */
  readonly isTold: boolean;
}

/**
 * Why an answer is not what was asked for. A 401 or 403 says no more than that, whatever is in it; what the gateway tells as
 * JSON is taken for what it is; the rest goes by the status, and a page is something before the gateway, which passes.
 *
 * @param hasAnsweredWell - Whether the gateway ever did; until then a page instead of an answer means a wrong address.
 */
export function refusal(response: HttpResponse, nowMs: number, hasAnsweredWell: boolean): Refusal {
  const { status } = response;
  const guess = (error: RushesError): Refusal => ({ error, isTold: false });
  if (isRedirect(response) || (status >= 300 && status < 400)) {
    return guess(new RushesError('BAD_RESPONSE', `the gateway redirects to ${redirectOrigin(response)}`));
  }
  const body = parseBody(response.text);
  if (status < 400) {
    const retryable = hasAnsweredWell || body.kind !== 'page';
    return guess(new RushesError('BAD_RESPONSE', 'the gateway answered something else', { retryable }));
  }
  if (status === 401 || status === 403) {
    return { error: new RushesError('UNAUTHORIZED', `the gateway refused: ${status}`), isTold: true };
  }
  const retryAfterMs = status === 429 || status === 503 ? readHint(response, nowMs) : undefined;
  const said = body.kind === 'json' ? factsOf(body.value) : undefined;
  const told = toldError(said) ?? toldError(said?.['error']);
  if (told) {
    const { code, message, task, retryable } = told;
    const error = new RushesError(code, message, { task, retryable, retryAfterMs });
    // A gateway over this one has to know it from an input that is none.
    return { error: status === 409 && code === 'INVALID_ARGUMENT' ? keyReused(error) : error, isTold: true };
  }
  if (status === 429) {
    const message = 'the gateway asks to be asked less often';
    return guess(new RushesError('RATE_LIMITED', message, { retryable: true, retryAfterMs }));
  }
  const message = `the gateway answered ${status}`;
  if (status === 405 || status === 501) return guess(new RushesError('UNSUPPORTED', message));
  const isFinal = status < 500 && status !== 408 && status !== 425 && (said !== undefined || tooMuch.has(status));
  if (!isFinal) return guess(new RushesError('UNAVAILABLE', message, { retryable: true, retryAfterMs }));
  return guess(new RushesError(status === 404 ? 'NOT_FOUND' : 'REJECTED', message));
}

/** Too large, or not in this form: it would be the next time, too, whoever says so. */
const tooMuch: ReadonlySet<number> = new Set([413, 414, 415, 431]);
