import type { Subscription } from 'rxjs';
import type { Waits } from '../cadence/waits.js';

/** What {@link Patience} needs to know. */
export interface PatienceOptions {
  readonly intervalMs: number;
  readonly waits: Waits;
  readonly random: () => number;
  /** Called now and then while it lasts, and each time it has come to its end. */
  readonly onLook: (isSilent: boolean) => void;
}

/**
 * How long a follower goes without a sign of life: one and a half to two intervals. Chance keeps the followers of a
 * silent leader from replacing it all at once. Who slept itself has one more try, since what was said meanwhile may
 * still be in line.
 */
export class Patience {
  #heardMs = 0;
  #wasExcused = false;
  #timer: Subscription | undefined;

  constructor(private readonly options: PatienceOptions) {}

  start(): void {
    this.renew();
    this.#wait();
  }

  /** A sign of life. */
  renew(): void {
    this.#heardMs = this.options.waits.now();
    this.#wasExcused = false;
  }

  stop(): void {
    this.#timer?.unsubscribe();
  }

  #wait(): void {
    const { intervalMs, random, waits, onLook } = this.options;
    const lastsMs = intervalMs * (1.5 + random() / 2);
    const dueMs = this.#heardMs + lastsMs;
    this.stop();
    this.#timer = waits.schedule(
      () => {
        const isLate = waits.now() - dueMs > intervalMs;
        let isSilent = this.#heardMs + lastsMs <= waits.now();
        if (isSilent) {
          this.#heardMs = waits.now();
          isSilent = !isLate || this.#wasExcused;
          this.#wasExcused = isLate;
        }
        this.#wait();
        onLook(isSilent);
      },
      Math.max(dueMs - waits.now(), 0),
    );
  }
}
