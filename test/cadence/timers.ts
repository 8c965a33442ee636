import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';

interface Timer {
  readonly atMs: number;
  readonly delayMs: number;
  fire(): void;
}

/** Timers as a runtime has them: they run on time that passes, while the clock that `now` reads may be set. */
export class Timers implements SchedulerLike {
  /** The clock. */
  clockMs = 1_000_000;
  /** Every delay that a timer was set for. */
  readonly delays: number[] = [];
  #passedMs = 0;
  #timers: Timer[] = [];

  get pending(): number {
    return this.#timers.length;
  }

  now(): number {
    return this.clockMs;
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delayMs = 0): Subscription {
    const action = new Subscription();
    const timer: Timer = {
      atMs: this.#passedMs + delayMs,
      delayMs,
      fire: () => work.call(action as SchedulerAction<T>),
    };
    this.delays.push(delayMs);
    this.#timers.push(timer);
    action.add(() => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    });
    return action;
  }

  /** Lets `ms` pass on the clock too, firing each timer at its time; at most `limit` of them, so that none is for ever. */
  pass(ms: number, limit = 10_000): void {
    const untilMs = this.#passedMs + ms;
    for (let fired = 0; fired < limit; fired++) {
      const next = this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#moveTo(Math.max(this.#passedMs, next.atMs));
      next.fire();
    }
    this.#moveTo(untilMs);
  }

  #moveTo(passedMs: number): void {
    this.clockMs += passedMs - this.#passedMs;
    this.#passedMs = passedMs;
  }
}
