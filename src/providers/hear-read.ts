import { isDelay } from '../cadence/delay.js';
import type { TaskRef } from '../task/ref.js';
import { isTerminalStatus } from '../task/status.js';
import { type Facts, factsOf } from './facts.js';
import { hearRefusal } from './hear-refusal.js';
import { type Body, parseBody } from './parse-body.js';
import { problemOf } from './problem-of.js';
import type { Heard, HttpResponse } from './provider.js';
import { readNumber } from './read-number.js';
import { readSnapshot } from './read-snapshot.js';
import { readStatus } from './read-status.js';
import { unwrapEnvelope } from './unwrap-envelope.js';
import { isWireTask, wireIds } from './wire-task.js';

/**
 * What the answer to a read means. Total: whatever comes is a snapshot of `task` or a problem.
 *
 * A body is news of the task if it has a `status` (also an empty one) or the task's id. Gateways answer 200 with an
 * error, nothing, or another task, too: passing trouble. A page with 200 is not: the base URL may be wrong.
 */
export function hearRead(name: string, task: TaskRef, response: HttpResponse): Heard {
  const body = parseBody(response.text);
  if (!isSuccess(response)) return hearRefusal(name, response, body);
  const facts = body.kind === 'json' ? factsOf(body.value) : undefined;
  const layers = facts && unwrapEnvelope(facts);
  const oddity = layers ? oddityOf(layers, task) : oddForms[body.kind];
  if (layers === undefined || oddity !== undefined) {
    return problemOf('BAD_RESPONSE', body.kind !== 'page', `${name} answered ${oddity}`, response, body);
  }
  const pollAfterMs = layers.map(pollAfterIn).find(isDelay);
  return {
    kind: 'snapshot',
    snapshot: readSnapshot(task, layers[0]),
    body: facts,
    ...(pollAfterMs !== undefined && { pollAfterMs }),
  };
}

/** Whether an answer says of itself that all is well. */
export function isSuccess({ status }: HttpResponse): boolean {
  return status >= 200 && status < 300;
}

const oddForms: Readonly<Record<Body['kind'], string>> = {
  json: 'JSON that is no task',
  empty: 'nothing',
  page: 'with a web page instead of the API, so the base URL may be wrong',
  garbled: 'with text that is no JSON',
  'too-complex': 'JSON that is nested too deeply or too large',
};

function oddityOf(layers: readonly [Facts, ...Facts[]], task: TaskRef): string | undefined {
  if (!layers.every(isWireTask)) return oddForms.json;
  const ids = layers.flatMap(wireIds);
  if (ids.length > 0 && !ids.includes(task.id)) return 'about another task';
  if (Object.hasOwn(layers[0], 'status')) {
    return ids.length === 0 && isErrorEnvelope(layers[0]) ? 'an error with no task' : undefined;
  }
  if (layers.some(({ error }) => error !== undefined && error !== null && error !== '')) return 'an error with no task';
  return ids.length > 0 ? undefined : oddForms.json;
}

/** `{ status: 'error', message }` is how gateways word an error of their own; a task that failed says what it is. */
function isErrorEnvelope(facts: Facts): boolean {
  const { status } = readStatus(facts);
  const speaks = ['message', 'msg', 'success'].some((key) => Object.hasOwn(facts, key));
  const isTask = ['object', 'model', 'created_at', 'progress', 'error', 'metadata'].some((key) =>
    Object.hasOwn(facts, key),
  );
  return isTerminalStatus(status) && status !== 'completed' && speaks && !isTask;
}

function pollAfterIn(facts: Facts): number | undefined {
  const seconds = readNumber(facts['poll_after_seconds']);
  return seconds === undefined ? undefined : seconds * 1_000;
}
