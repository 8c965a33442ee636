import fc from 'fast-check';
import { from, map, NEVER } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type PollOutcome, pollOnce } from '../../src/fleet/poll-once.js';
import {
  advance,
  createClient,
  isTerminal,
  pollEvery,
  type SentRequest,
  type Snapshot,
  type Transport,
} from '../../src/index.js';
import { isSameNews } from '../../src/task/sameness.js';
import { createClock } from '../../src/testing/clock.js';
import { endWord, liveWord, trouble } from '../watch/hostile.js';
import { type Answer, inTurn, provider, ref, refused, said, scripted } from '../watch/scripted.js';
import { Viewer } from '../watch/viewer.js';

const news = fc.tuple(liveWord, fc.nat(2)).map(([word, progress]) => said(word, { progress }));
const loss = fc.constantFrom(
  refused(401, '{"error":{"message":"no"}}'),
  refused(404, '{"error":{"message":"no such task"}}'),
);
const end = endWord.map((word) => said(word));
const answers = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: news },
    { weight: 4, arbitrary: trouble },
    { weight: 1, arbitrary: end },
    { weight: 1, arbitrary: loss },
  ),
  { maxLength: 16 },
);

/** How an engine calls: when all calls before have been heard, or whenever it likes, once or twice at once. */
const habits = fc.array(
  fc.constantFrom<'in turn' | 'whenever' | 'twice at once'>('in turn', 'whenever', 'twice at once'),
  {
    maxLength: 12,
  },
);

/** A server whose answers come in whichever order the scheduler likes, and the order in which they came. */
function shuffling(scheduler: fc.Scheduler, script: (nth: number) => Answer) {
  const requests: SentRequest[] = [];
  const given: Answer[] = [];
  const send = (request: SentRequest) => {
    const answer = script(requests.push(request) - 1);
    return from(scheduler.schedule(Promise.resolve(), `answer ${requests.length}`)).pipe(
      map(() => {
        given.push(answer);
        if (answer.kind !== 'answer') throw new TypeError('fetch failed');
        const { status, text, headers = {} } = answer;
        return { status, text, url: request.url, header: (name: string) => headers[name] ?? null };
      }),
    );
  };
  const transport: Transport = Object.assign(send, { open: () => NEVER });
  return { transport, requests, given };
}

/** The least that an engine is: it keeps what was heard, by `advance`, and counts failures. */
class Engine {
  readonly told: Snapshot[] = [];
  /** How many answers had come when it knew that there is nothing more to ask. */
  overAfter: number | undefined;
  #failures = 0;
  #underWay: Promise<unknown> = Promise.resolve();

  constructor(private readonly server: ReturnType<typeof shuffling>) {}

  get last(): Snapshot | undefined {
    return this.told.at(-1);
  }

  /** When every call so far has been heard. */
  get quiet(): Promise<unknown> {
    return this.#underWay;
  }

  call(): Promise<PollOutcome> {
    const { server, last: seed } = this;
    const outcome = pollOnce(provider(), ref, {
      ...(seed && { seed }),
      failures: this.#failures,
      transport: server.transport,
      scheduler: createClock(),
      random: () => 0.5,
    });
    const heard = outcome.then((come) => this.#hear(come));
    this.#underWay = Promise.all([this.#underWay, heard]);
    return outcome;
  }

  #hear({ snapshot, trouble: passing, lost, next }: PollOutcome): void {
    expect(next === 'done').toBe(lost !== undefined || (snapshot !== undefined && isTerminal(snapshot)));
    if (this.overAfter !== undefined) return;
    this.#failures = passing ? this.#failures + 1 : 0;
    if (snapshot && !passing && !lost) this.#tell(advance(this.last, snapshot));
    if (next === 'done') this.overAfter = this.server.given.length;
  }

  #tell(snapshot: Snapshot): void {
    if (!this.last || !isSameNews(this.last, snapshot)) this.told.push(snapshot);
  }
}

/** What one watch tells of these answers, given one after the other. */
async function watched(given: readonly Answer[]): Promise<Viewer> {
  const clock = createClock();
  const server = scripted(clock, inTurn(...given, { kind: 'hang' }));
  const client = createClient(provider(), {
    transport: server.transport,
    scheduler: clock,
    cadence: pollEvery(1_000),
    retry: { giveUpAfterMs: Number.POSITIVE_INFINITY },
    deadlineMs: Number.POSITIVE_INFINITY,
    requestTimeoutMs: Number.POSITIVE_INFINITY,
  });
  const viewer = new Viewer(client.watch(ref));
  await clock.advance(100_000 * (given.length + 1));
  return viewer;
}

describe('an engine that calls early, late, twice at once, and after the end', () => {
  it('tells what a watch would tell of the same answers, and asks nothing once it knows the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), answers, end, habits, async (scheduler, before, last, calls) => {
        const server = shuffling(scheduler, inTurn(...before, last));
        const engine = new Engine(server);
        const steps = calls.map((habit) => async () => {
          if (habit === 'in turn') await engine.quiet;
          // A loss is the engine's to remember; an end is in the seed, so such a call may come.
          if (engine.overAfter !== undefined && !(engine.last && isTerminal(engine.last))) return;
          engine.call();
          if (habit === 'twice at once') engine.call();
        });
        for (const step of steps) await scheduler.waitFor(Promise.all([scheduler.schedule(Promise.resolve()), step()]));
        while (engine.overAfter === undefined) {
          expect(server.requests.length).toBeLessThan(100);
          await scheduler.waitFor(engine.call().then(() => engine.quiet));
        }
        await scheduler.waitFor(engine.quiet);

        const { told } = engine;
        const ends = told.filter(isTerminal);
        expect(ends).toEqual(ends.length > 0 ? told.slice(-1) : []);
        const viewer = await watched(server.given.slice(0, engine.overAfter));
        expect(told).toEqual(viewer.heard);
        expect(viewer.end).toEqual(ends.length > 0 ? 'complete' : { error: expect.anything() });
        if (ends.length === 0) return;

        const asked = server.requests.length;
        for (const outcome of [engine.call(), engine.call()]) {
          const { snapshot, next } = await outcome;
          expect([snapshot === engine.last, next]).toEqual([true, 'done']);
        }
        expect(server.requests.length).toBe(asked);
        expect(engine.told).toEqual(told);
      }),
    );
  });

  it('tells the same when calls of it are forgotten, as by a worker that is killed before it can save', async () => {
    const fates = fc.array(fc.boolean(), { maxLength: 24 });
    await fc.assert(
      fc.asyncProperty(fc.array(news, { maxLength: 8 }), end, fates, async (life, last, forgotten) => {
        const clock = createClock();
        const server = scripted(clock, inTurn(...life, last));
        const given: Answer[] = [];
        let seed: Snapshot | undefined;
        const told: Snapshot[] = [];
        for (let nth = 0; !(seed && isTerminal(seed)); nth++) {
          const asked = server.requests.length;
          const polled = pollOnce(provider(), ref, { seed, transport: server.transport, scheduler: clock });
          await clock.advance(100);
          const { snapshot } = await polled;
          expect(server.requests.length).toBe(asked + 1);
          expect(asked).toBeLessThan(100);
          if (forgotten[nth]) continue;
          given.push([...life, last][Math.min(asked, life.length)] as Answer);
          if (snapshot && snapshot !== seed) told.push(snapshot);
          // As it comes back from where an engine keeps it.
          seed = JSON.parse(JSON.stringify(snapshot)) as Snapshot;
        }
        expect(told).toEqual((await watched(given)).heard);
      }),
    );
  });
});
