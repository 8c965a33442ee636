import { idProblem } from '../task/ref.js';
import { factsOf } from './facts.js';
import { isSuccess } from './hear-read.js';
import { hearRefusal } from './hear-refusal.js';
import { parseBody } from './parse-body.js';
import { problemOf } from './problem-of.js';
import type { Heard, HttpResponse } from './provider.js';
import { readSnapshot } from './read-snapshot.js';
import { isWireTask, wireIds } from './wire-task.js';

/** What the answer to a list means: each item is the task that its own id names, and what names none is left out. */
export function hearList(name: string, response: HttpResponse): Heard {
  const body = parseBody(response.text);
  if (!isSuccess(response)) return hearRefusal(name, response, body);
  const items = body.kind === 'json' ? factsOf(body.value)?.['items'] : undefined;
  if (!Array.isArray(items)) return problemOf('BAD_RESPONSE', true, `${name} answered no list`, response, body);
  const listed = items.flatMap((item) => {
    const facts = factsOf(item);
    const id = facts && isWireTask(facts) ? wireIds(facts)[0] : undefined;
    return facts && id !== undefined && idProblem(id) === undefined
      ? [readSnapshot({ provider: name, id }, facts)]
      : [];
  });
  return { kind: 'done', listed: Object.freeze(listed) };
}
