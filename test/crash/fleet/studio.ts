import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type FaultScript,
  neverEnding,
  randomFaults,
  randomTimeline,
  simulate,
  transientFaults,
} from '../../../src/testing/index.js';
import { createRandom } from '../../../src/testing/random.js';

/** CometAPI on this machine, in a process of its own: it outlives whoever asks, and remembers every read. */

/** A read of a task, by the clock of the studio. */
export interface Read {
  readonly task: string;
  /** The key it was asked with, of which each life of a worker has its own. */
  readonly key: string;
  /** When the worker sent it, by the worker's word. */
  readonly sentMs: number;
  readonly fromMs: number;
  /** When it was answered, or its connection ended. */
  readonly toMs: number;
}

/** What is to become of a task: it stands in its prompt. */
export type Fate = 'new' | 'known' | 'failing' | 'gone' | 'stuck';

const speed = 10;
const [seed = '1'] = process.argv.slice(2);

/** How long after its create a task may be unknown without harm; the fleet allows 30 s. */
const UNKNOWN_MS = 20_000;

const common = randomFaults({
  seed,
  rate: 0.1,
  kinds: [...transientFaults.filter((kind) => kind !== 'rateLimited'), 'otherTask', 'cut'],
});
const hangs = randomFaults({ seed: `${seed}/hang`, rate: 0.01, kinds: ['hang'] });
// Two who read the same task would seldom meet if all were answered at once.
const slowness = randomFaults({ seed: `${seed}/slow`, rate: 0.3, kinds: ['delay'] });
// A refusal pauses a whole worker.
const refusals = randomFaults({ seed: `${seed}/429`, rate: 0.001, kinds: ['rateLimited'] });
const startedMs = Date.now();

const faults: FaultScript = (request) => {
  const { operation, nth, task } = request;
  if (operation !== 'read' || !task) return undefined;
  const fate = task.input.prompt as Fate;
  if (fate === 'gone' && nth > 2) return { kind: 'notFound' };
  const ageMs = Date.now() - (startedMs + (task.createdAtMs - startedMs) / speed);
  const isSlowToAppear = createRandom(`${seed}/${task.id}`)() < 0.2;
  if (fate === 'new' && isSlowToAppear && nth <= 2 && ageMs < UNKNOWN_MS) return { kind: 'notFound' };
  if (refusals(request)) return { kind: 'rateLimited', retryAfter: 1 };
  return hangs(request) ?? common(request) ?? (slowness(request) && { kind: 'delay', ms: 6_000 });
};

const reads: Read[] = [];
subscribe('http.server.request.start', (message) => {
  const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
  const [, task] = /^\/cometapi\/v1\/videos\/([^/?]+)$/.exec(request.url ?? '') ?? [];
  if (request.method !== 'GET' || task === undefined) return;
  const fromMs = Date.now();
  const key = String(request.headers.authorization).replace('Bearer ', '');
  const sentMs = Number(request.headers['x-sent']);
  response.once('close', () => reads.push({ task, key, sentMs, fromMs, toMs: Date.now() }));
});

const life = { durationMs: [50_000, 140_000] } as const;
const sim = await simulate({
  speed,
  seed,
  faults,
  random: life,
  timeline: ({ id, input }) => {
    if (input.prompt === 'stuck' || input.prompt === 'gone') return neverEnding;
    return input.prompt === 'failing' ? randomTimeline(id, { ...life, failureRate: 1 }) : undefined;
  },
  requestLogLimit: 0,
});

process.on('message', () => process.send?.({ reads }));
process.once('disconnect', () => process.exit());
process.send?.({ url: sim.url });
