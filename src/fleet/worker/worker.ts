import {
  asyncScheduler,
  catchError,
  concat,
  defer,
  exhaustMap,
  finalize,
  ignoreElements,
  interval,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  retry,
  Subject,
  takeUntil,
} from 'rxjs';
import { isRushesError } from '../../errors.js';
import { Patience } from '../../operators/patience.js';
import { retryDefaults } from '../../operators/retry-transient.js';
import { StreamEvents } from '../events.js';
import type { FleetContext } from '../fleet-context.js';
import { holdMs } from '../hold.js';
import { natsTrouble } from '../nats-trouble.js';
import { Asking } from './asking.js';
import { deliveryOf } from './delivery.js';
import { Fence, systemClocks } from './fence.js';
import { Counter, type WorkFigures } from './figures.js';
import { Memory } from './memory.js';
import { answerRollCall } from './roll-call.js';
import { ServerClock } from './server-clock.js';
import { Supply, type Work } from './supply.js';
import { type Result, takeTurn } from './turn.js';
import type { WorkSettings } from './work-options.js';

/** How many watches a worker knows without asking, at least. */
const REMEMBERED = 50_000;

const SECOND_MS = 1_000;

/** Clocks drift. */
const CLOCK_MS = 3_600_000;

/** Takes turns of watches, as many at once as it may, until it is told to stop. */
export class Worker {
  readonly #id = crypto.randomUUID();
  readonly #fence: Fence;
  readonly #clock: ServerClock;
  readonly #counter = new Counter();
  readonly #memory = new Memory(REMEMBERED);
  readonly #events: StreamEvents;
  readonly #askings = new Map<string, Asking>();
  readonly #supply: Supply;
  readonly #patience: Patience;
  #underWay = 0;
  #isOver = false;

  constructor(
    private readonly fleet: FleetContext,
    private readonly options: WorkSettings,
    /** Ends the work; it tells whoever comes late, too. */
    stop: Observable<unknown>,
  ) {
    const { connection, js, manager, layout, settings, polling, providers } = fleet;
    const perSecond = options.perSecond / options.workers;
    this.#fence = new Fence(connection, holdMs(settings));
    this.#clock = new ServerClock(js, manager, layout, this.#id, systemClocks);
    this.#events = new StreamEvents(js, manager, layout);
    for (const provider of providers) {
      const asking = new Asking(provider, polling, {
        perSecond,
        counter: this.#counter,
        clocks: systemClocks,
        letGo: this.#fence.letGo,
      });
      this.#askings.set(provider.name, asking);
    }
    this.#supply = new Supply(fleet, {
      concurrency: options.concurrency,
      fence: this.#fence,
      stop,
      prepare: () => this.#clock.read().then(() => this.#resume()),
      failed: (trouble) => this.#counter.failed(trouble),
    });
    this.#fence.resumed.subscribe(() => this.#resume());
    const limits = { ...retryDefaults, attemptMs: settings.requestTimeoutMs };
    this.#patience = new Patience(limits, asyncScheduler, polling.random);
  }

  /** Figures of each second, and the last ones once all has ended that was under way. */
  work(): Observable<WorkFigures> {
    const done = new Subject<void>();
    const turns = this.#supply.work().pipe(
      mergeMap((work) => this.#turn(work)),
      finalize(() => done.next()),
    );
    const beside = merge(
      interval(SECOND_MS).pipe(
        map(() => {
          this.#counter.second();
          return this.#figures();
        }),
      ),
      this.#clockReadings(),
      answerRollCall(this.fleet, this.#id, this.options, () => this.#figures()),
    );
    const last = defer(() => of(this.#figures()));
    return concat(merge(turns.pipe(ignoreElements()), beside.pipe(takeUntil(done))), last).pipe(
      catchError((error) => {
        throw natsTrouble(error);
      }),
      // What is under way goes on to its end, and is fenced until then.
      finalize(() => {
        this.#isOver = true;
        this.#closeWhenIdle();
      }),
    );
  }

  /** Fails only where no other turn would do better: for a key that is refused, and a bus that takes nothing for long. */
  async #turn({ pulled, provider, seats }: Work): Promise<void> {
    const delivery = deliveryOf(pulled, this.fleet.layout, this.#memory);
    if (!delivery) {
      pulled.term();
      seats.leave();
      this.#counter.ended({ kind: 'lost' });
      return;
    }
    const asking = this.#askings.get(provider) as Asking;
    this.#underWay++;
    try {
      const result = await takeTurn(delivery, {
        events: this.#events,
        memory: this.#memory,
        asking,
        serverNow: () => this.#clock.now(),
        now: systemClocks.monotonicMs,
        random: this.fleet.polling.random,
      });
      this.#counter.ended(result);
      // Other turns say nothing of NATS.
      if (isStored(result)) this.#patience.restore();
    } catch (error) {
      const trouble = natsTrouble(error);
      // What we last heard of the task may be wrong now: what NATS did not answer, it may have done.
      this.#memory.forget(delivery);
      // Else it is what a provider, or a cadence, did.
      if (!isRushesError(error)) this.#counter.failed(trouble);
      if (this.#patience.waitAfter(trouble) === undefined) throw trouble;
    } finally {
      this.#underWay--;
      seats.leave();
      this.#closeWhenIdle();
    }
  }

  #resume(): void {
    for (const { pace } of this.#askings.values()) pace.resume();
  }

  #closeWhenIdle(): void {
    if (!this.#isOver || this.#underWay > 0) return;
    // What was handed out last is given back when it comes, which is before the answer to this.
    const { connection } = this.fleet;
    const close = () => this.#fence.close();
    // A connection that is closed meanwhile answers nothing more.
    Promise.race([connection.flush(), connection.closed()]).then(close, close);
  }

  #clockReadings(): Observable<never> {
    return merge(interval(CLOCK_MS), this.#fence.resumed).pipe(
      exhaustMap(() => defer(() => this.#clock.read()).pipe(retry({ delay: CLOCK_MS / 360 }))),
      ignoreElements(),
    );
  }

  #figures(): WorkFigures {
    const pauses = Array.from(this.#askings, ([name, { pace }]) => [name, Math.round(pace.pausedMs)] as const);
    const pausedMs = Object.freeze(Object.fromEntries(pauses.filter(([, ms]) => ms > 0)));
    return this.#counter.figures({
      isWell: this.#supply.isWell,
      underWay: this.#underWay,
      pausedMs,
      skewMs: Math.round(this.#clock.skewMs),
    });
  }
}

/** Whether NATS stored or took something in a turn. */
function isStored(result: Result): boolean {
  if (result.kind === 'polled') return result.told === 'told' || result.end !== undefined;
  return result.kind === 'over' || result.kind === 'lost';
}
