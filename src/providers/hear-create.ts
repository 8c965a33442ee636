import { idProblem } from '../task/ref.js';
import { type Facts, factsOf, valueAt } from './facts.js';
import { type Body, parseBody } from './parse-body.js';
import { type Problem, problemOf } from './problem-of.js';
import type { Heard, HttpResponse } from './provider.js';
import { readSnapshot } from './read-snapshot.js';
import { readText } from './read-text.js';
import { redirectOrigin } from './redirect-origin.js';
import { unwrapEnvelope } from './unwrap-envelope.js';
import { wireIds } from './wire-task.js';

/**
 * What the answer to a create means. An id wins over everything, also in a 5xx or beside an error: it may name a task
 * that is paid for. Without one only the vendor's own 4xx is a certain refusal; all else leaves open whether there is
 * a task now.
 */
export function hearCreate(name: string, response: HttpResponse): Heard {
  const body = parseBody(response.text);
  const facts = body.kind === 'json' ? factsOf(body.value) : undefined;
  const created = facts && findCreated(facts);
  if (created === undefined) return hearNoTask(name, response, body, facts);
  return { kind: 'snapshot', snapshot: readSnapshot({ provider: name, id: created.id }, created.facts), body: facts };
}

function findCreated(body: Facts): { readonly id: string; readonly facts: Facts } | undefined {
  for (const facts of unwrapEnvelope(body)) {
    const id = wireIds(facts).find((name) => idProblem(name) === undefined);
    if (id !== undefined) return { id, facts };
  }
  return undefined;
}

function hearNoTask(name: string, response: HttpResponse, body: Body, facts: Facts | undefined): Problem {
  const { status } = response;
  const problem = (code: Problem['code'], what: string) =>
    problemOf(code, code === 'RATE_LIMITED', `${name} ${what}`, response, body);

  if (status >= 300 && status < 400) return problem('REJECTED', `redirects the create to ${redirectOrigin(response)}`);
  if (!(status >= 400 && status < 500) || mayHaveCreated.has(status) || !facts || !isVendorError(facts)) {
    return problem('CREATE_AMBIGUOUS', 'left open whether it created a task');
  }
  if (status === 401) return problem('UNAUTHORIZED', 'refused the key');
  if (status === 429) return problem('RATE_LIMITED', 'asks to be asked less often');
  return problem('REJECTED', 'refused the create');
}

/** Timeout, conflict, too early, client gone: a gateway says these while its upstream may be at work. */
const mayHaveCreated: ReadonlySet<number> = new Set([408, 409, 425, 499]);

/** Other JSON may be from anything on the way, which may have passed the create on. */
function isVendorError(facts: Facts): boolean {
  const { code, message } = facts;
  if (readText(valueAt(facts, 'error.message')) !== undefined) return true;
  return readText(message) !== undefined && (typeof code === 'number' || readText(code) !== undefined);
}
