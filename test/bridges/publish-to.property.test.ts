import fc from 'fast-check';
import { type SchedulerAction, type SchedulerLike, Subject, Subscription } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type CloudEvent, type Publisher, type PublishOptions, publishTo } from '../../src/bridges/index.js';
import { isLive, isTerminal, RushesError, type TaskEvent } from '../../src/index.js';
import { liveSnapshot, terminalSnapshot } from '../../src/testing/arbitraries.js';
import { lost } from './news.js';

const ids = ['one', 'two', 'three'];
const anyNews = fc.constantFrom(...ids).chain((id): fc.Arbitrary<TaskEvent> => {
  const task = { provider: 'test', id };
  const told = fc.oneof(
    { weight: 6, arbitrary: liveSnapshot({ task }) },
    { weight: 1, arbitrary: terminalSnapshot({ task }) },
  );
  return fc.oneof(
    { weight: 7, arbitrary: told.map((snapshot): TaskEvent => ({ kind: 'snapshot', task, snapshot })) },
    { weight: 1, arbitrary: fc.constant(lost(task)).map((loss): TaskEvent => ({ ...loss })) },
  );
});
const answer = fc.constantFrom('acknowledges', 'acknowledges', 'acknowledges', 'refuses', 'refuses for ever');
const isReplaceable = (event: TaskEvent) => event.kind === 'snapshot' && isLive(event.snapshot);
const isEnd = (event: TaskEvent) => event.kind === 'snapshot' && isTerminal(event.snapshot);

/** Waits as tasks of fast-check's scheduler, which lets each be over before or after anything else. */
class AnyOrder implements SchedulerLike {
  waiting = 0;
  #nowMs = 0;
  constructor(private readonly s: fc.Scheduler) {}

  now(): number {
    return this.#nowMs;
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delayMs = 0): Subscription {
    this.waiting++;
    const dueMs = this.#nowMs + delayMs;
    const action = new Subscription(() => this.waiting--);
    void this.s.schedule(Promise.resolve(), 'wait').then(() => {
      if (action.closed) return;
      this.#nowMs = Math.max(this.#nowMs, dueMs);
      work.call(action as SchedulerAction<T>);
      action.unsubscribe();
    });
    return action;
  }
}

interface Run {
  readonly sent: readonly CloudEvent[];
  readonly passed: readonly TaskEvent[];
  readonly answers: ReadonlyMap<CloudEvent, string>;
  readonly end: unknown;
  readonly timers: number;
}

/** Publishes `news` in every order of answers, waits and words that the scheduler comes upon, checking on the way. */
async function run(
  s: fc.Scheduler,
  news: readonly TaskEvent[],
  bus: readonly string[],
  concurrency: number,
  failure?: Error,
): Promise<Run> {
  const [source, waits] = [new Subject<TaskEvent>(), new AnyOrder(s)];
  const [sent, passed]: [CloudEvent[], TaskEvent[]] = [[], []];
  const answers = new Map<CloudEvent, string>();
  const under: CloudEvent[] = [];
  let [end, calls]: [unknown, number] = [undefined, 0];
  const publisher: Publisher = {
    async publish(event) {
      under.push(event);
      sent.push(event);
      expect(under.length).toBeLessThanOrEqual(concurrency);
      expect(new Set(under.map(({ subject }) => subject)).size).toBe(under.length);
      const what = bus[calls++ % bus.length] ?? 'acknowledges';
      await s.schedule(Promise.resolve(), `bus ${what}`);
      under.splice(under.indexOf(event), 1);
      if (what === 'refuses') throw new Error('away');
      answers.set(event, what);
      if (what === 'refuses for ever') throw new RushesError('REJECTED', 'never');
    },
  };
  const options: PublishOptions = {
    scheduler: waits,
    concurrency,
    answerTimeoutMs: Number.POSITIVE_INFINITY,
    retry: { giveUpAfterMs: Number.POSITIVE_INFINITY },
  };
  source.pipe(publishTo(publisher, options)).subscribe({
    next(event) {
      const isGivenUp = event.kind === 'lost' && event.error.code === 'PUBLISH_FAILED';
      expect([...answers.values()].filter((what) => (what === 'acknowledges') !== isGivenUp).length).toBeGreaterThan(
        passed.filter((other) => (other.kind === 'lost' && other.error.code === 'PUBLISH_FAILED') === isGivenUp).length,
      );
      passed.push(event);
    },
    error: (error: unknown) => {
      end = error;
    },
    complete: () => {
      end = 'complete';
    },
  });
  s.scheduleSequence([
    ...news.map((event) => ({ label: 'news', builder: async () => source.next(event) })),
    { label: 'end', builder: async () => (failure ? source.error(failure) : source.complete()) },
  ]);
  // A bus that only refuses is retried for ever.
  for (let i = 0; i < 2_000 && end === undefined; i++) {
    if (s.count() > 0) await s.waitOne();
    else await new Promise((resolve) => setImmediate(resolve));
  }
  expect(under).toEqual([]);
  return { sent, passed, answers, end, timers: waits.waiting };
}

const eventOf = (event: TaskEvent): CloudEvent | undefined =>
  event.kind === 'lost' ? (event.error.event as CloudEvent | undefined) : undefined;

describe('publishTo, whatever comes before or after what', () => {
  const everything = [
    fc.scheduler(),
    fc.array(anyNews, { maxLength: 12 }),
    fc.array(answer, { maxLength: 5 }).map((some) => ['acknowledges', ...some]),
    fc.constantFrom(1, 2, 3, Number.POSITIVE_INFINITY),
  ] as const;

  it('ends when all is answered, keeps the order of each task, and loses no end and no loss', async () => {
    await fc.assert(
      fc.asyncProperty(...everything, async (s, news, bus, concurrency) => {
        const { passed, answers, end, timers } = await run(s, news, bus, concurrency);
        expect([end, timers]).toEqual(['complete', 0]);
        // What is passed on is what was given, or what was given up.
        const own = passed.filter((event) => eventOf(event) === undefined);
        expect(own.filter((event) => !news.includes(event))).toEqual([]);
        expect(passed.length).toBe(answers.size);
        for (const id of ids) {
          const said = news.filter(({ task }) => task.id === id);
          const places = own.filter(({ task }) => task.id === id).map((event) => said.indexOf(event));
          expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
          // Until the task ends first, nothing but live news is left out, and the newest of it never is.
          const ends = said.findIndex(isEnd);
          const due = said
            .slice(0, ends < 0 ? undefined : ends + 1)
            .filter((event, i, all) => !isReplaceable(event) || !all[i + 1] || !isReplaceable(all[i + 1] as TaskEvent));
          const kept = due.filter((event) => own.includes(event)).length;
          const givenUp = passed.filter((event) => event.task.id === id && eventOf(event) !== undefined).length;
          expect(kept + givenUp).toBeGreaterThanOrEqual(due.length);
        }
      }),
    );
  });

  it('passes on the error of its source after all answers', async () => {
    await fc.assert(
      fc.asyncProperty(...everything, async (s, news, bus, concurrency) => {
        const failure = new Error('the source is gone');
        const { passed, answers, end } = await run(s, news, bus, concurrency, failure);
        expect(end).toBe(failure);
        expect(passed.length).toBe(answers.size);
      }),
    );
  });

  it('sends nothing twice that was answered for good', async () => {
    await fc.assert(
      fc.asyncProperty(...everything, async (s, news, bus, concurrency) => {
        const { sent, answers } = await run(s, news, bus, concurrency);
        for (const event of answers.keys()) {
          const last = sent.lastIndexOf(event);
          expect(sent.slice(last + 1)).not.toContain(event);
        }
        const refused = sent.filter((event) => !answers.has(event));
        for (const event of refused) expect(event.data.kind === 'snapshot' && isLive(event.data.snapshot)).toBe(true);
      }),
    );
  });
});
