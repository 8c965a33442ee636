import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';
import { type Due, DueQueue } from './due-queue.js';

/** What happens when a wait is over. */
export interface Waiting extends Due {
  /** The wait is over. */
  run(): void;
  /** Asked to end at once: the earliest time at which it may, or `undefined` when it does not end early. */
  wokenAtMs?(nowMs: number): number | undefined;
}

type Work<T> = (this: SchedulerAction<T>, state?: T) => void;

/** Node and browsers fire a timer at once when its delay does not fit into 31 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** How far a clock may seem to lag behind a timer, or itself, before it must have been set back. */
const TOLERATED_LAG_MS = 1_000;

/**
 * Every wait of a client on one queue, behind one timer of the scheduler it is given. It is a scheduler itself, so
 * `timer(ms, waits)` waits here; however many wait, they cost one real timer, waits of any length are right, and all
 * of them can be woken together.
 */
export class Waits implements SchedulerLike {
  /** The same queue, for waits that a wake ends. */
  readonly wakeable: SchedulerLike = {
    now: () => this.now(),
    schedule: <T>(work: Work<T>, delayMs = 0, state?: T) => new Wait(this, work, true).schedule(state, delayMs),
  };
  /** How often {@link wake} was called: who was not waiting then can tell by it. */
  wakes = 0;

  readonly #scheduler: SchedulerLike;
  readonly #queue = new DueQueue<Waiting>();
  #timer: Subscription | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #setBackMs = 0;
  #latestMs = Number.NEGATIVE_INFINITY;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  now(): number {
    let now = this.#scheduler.now() + this.#setBackMs;
    const lagMs = this.#latestMs - now;
    // Else who comes in after a clock was set back would be due before all who wait, by as much as it was set back.
    if (lagMs > TOLERATED_LAG_MS) {
      this.#setBackMs += lagMs;
      now = this.#latestMs;
    }
    this.#latestMs = Math.max(this.#latestMs, now);
    return now;
  }

  schedule<T>(work: Work<T>, delayMs = 0, state?: T): Subscription {
    return new Wait(this, work, false).schedule(state, delayMs);
  }

  /** Lets `waiting` wait until its `dueMs`. */
  add(waiting: Waiting): void {
    this.#queue.add(waiting);
    if (waiting.place === 0) this.#arm();
  }

  /** Ends a wait without its being over; does nothing when it is not waiting. */
  remove(waiting: Waiting): void {
    this.#queue.remove(waiting);
    if (this.#queue.size === 0) this.#disarm();
  }

  /** Ends every wait that lets itself be woken. */
  wake(): void {
    this.wakes++;
    const now = this.now();
    this.#queue.rearrange((waiting) => {
      const atMs = waiting.wokenAtMs?.(now);
      if (atMs === undefined || atMs >= waiting.dueMs) return false;
      waiting.dueMs = atMs;
      return true;
    });
    this.#arm();
  }

  #arm(): void {
    const first = this.#queue.first;
    if (first === undefined) this.#disarm();
    if (first === undefined || first.dueMs >= this.#timerDueMs) return;
    this.#disarm();
    const delayMs = Math.min(Math.max(first.dueMs - this.now(), 0), LONGEST_TIMER_MS);
    this.#timerDueMs = this.now() + delayMs;
    this.#timer = this.#scheduler.schedule(() => this.#fire(), delayMs);
  }

  #disarm(): void {
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }

  #fire(): void {
    const lagMs = this.#timerDueMs - this.now();
    if (lagMs > TOLERATED_LAG_MS) this.#setBackMs += lagMs;
    this.#disarm();
    const now = this.now();
    const newcomers = this.#queue.entered;
    try {
      for (let first = this.#queue.first; first && first.dueMs <= now; first = this.#queue.first) {
        // Who came in while this ran waits for the next turn of the scheduler, or a wait of 0 ms would never let go.
        if (first.order >= newcomers) break;
        this.#queue.remove(first);
        first.run();
      }
    } finally {
      this.#arm();
    }
  }
}

/** One wait made by `timer` and its like. */
class Wait<T> extends Subscription implements Waiting {
  dueMs = 0;
  order = 0;
  place = -1;
  #state: T | undefined;
  readonly #waits: Waits;
  readonly #work: Work<T>;
  readonly #wakeable: boolean;

  constructor(waits: Waits, work: Work<T>, wakeable: boolean) {
    super();
    this.#waits = waits;
    this.#work = work;
    this.#wakeable = wakeable;
  }

  schedule(state?: T, delayMs = 0): Subscription {
    if (this.closed) return this;
    this.#waits.remove(this);
    this.#state = state;
    this.dueMs = this.#waits.now() + delayMs;
    this.#waits.add(this);
    return this;
  }

  run(): void {
    this.#work.call(this as unknown as SchedulerAction<T>, this.#state);
  }

  wokenAtMs(nowMs: number): number | undefined {
    return this.#wakeable ? nowMs : undefined;
  }

  override unsubscribe(): void {
    this.#waits.remove(this);
    super.unsubscribe();
  }
}
