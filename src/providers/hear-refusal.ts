import { factsOf } from './facts.js';
import type { Body } from './parse-body.js';
import { type Problem, problemOf } from './problem-of.js';
import type { HttpResponse } from './provider.js';
import { readProblem } from './read-problem.js';
import { redirectOrigin } from './redirect-origin.js';

/**
 * What an answer outside 2xx means for anything that costs nothing to ask again.
 *
 * CometAPI and new-api say 400 `task_not_exist` for an unknown id, and CometAPI documents that a 500 whose code is
 * `invalid_request` must not be retried. A 4xx that is not JSON comes from something before the API, and passes.
 */
export function hearRefusal(name: string, response: HttpResponse, body: Body): Problem {
  const { status } = response;
  const isJson = body.kind === 'json';
  const { code = '', message = '' } = isJson ? readProblem(factsOf(body.value) ?? {}) : {};
  const problem = (kind: Problem['code'], retryable: boolean, what: string) =>
    problemOf(kind, retryable, `${name} ${what}`, response, body);

  if (!(status >= 400 && status < 600)) {
    const redirect = status >= 300 && status < 400;
    return problem(
      'BAD_RESPONSE',
      false,
      redirect ? `redirects to ${redirectOrigin(response)}` : 'answered out of turn',
    );
  }
  if (status === 401 || status === 403) return problem('UNAUTHORIZED', false, 'refused the key or what it may do');
  if ((status === 404 && isJson) || /\btask_not_exist\b/.test(`${code} ${message}`)) {
    return problem('NOT_FOUND', false, 'knows no such task');
  }
  if (status === 429) return problem('RATE_LIMITED', true, 'asks to be asked less often');
  const refused = status >= 500 ? code === 'invalid_request' : isJson && status !== 408 && status !== 425;
  return refused ? problem('REJECTED', false, 'refused the request') : problem('UNAVAILABLE', true, 'could not answer');
}
