import type { SchedulerLike } from 'rxjs';
import { isRushesError } from '../errors.js';

/** What patience is measured by; every number is of milliseconds. */
export interface PatienceLimits {
  readonly giveUpAfterMs: number;
  readonly initialMs: number;
  readonly maxMs: number;
  /** How long one attempt can take. */
  readonly attemptMs: number;
}

/** How long to wait after trouble, and whether there is any hope left. */
export class Patience {
  #troubles = 0;
  #spentMs = 0;
  #sinceMs: number;
  #expectedMs = 0;

  constructor(
    private readonly limits: PatienceLimits,
    private readonly scheduler: SchedulerLike,
    private readonly random: () => number,
  ) {
    this.#sinceMs = scheduler.now();
  }

  restore(): void {
    this.#troubles = 0;
    this.#spentMs = 0;
    this.#expect(0);
  }

  /** How long to wait after `error`; `undefined` when there is no hope, or no patience left. */
  waitAfter(error: unknown): number | undefined {
    if (!isRushesError(error) || !error.retryable) return undefined;
    const { giveUpAfterMs, initialMs, maxMs, attemptMs } = this.limits;
    const isTold = error.code === 'RATE_LIMITED' || error.retryAfterMs !== undefined;
    // A step that took far longer than it can have was slept through: only what it can have taken counts.
    const tookMs = Math.max(this.scheduler.now() - this.#sinceMs, 0);
    this.#spentMs += Math.min(tookMs, this.#expectedMs + (isTold ? 0 : attemptMs));
    const leftMs = giveUpAfterMs - this.#spentMs;
    if (leftMs <= 0) return undefined;
    const backoffMs = backoff(this.#troubles++, { initialMs, maxMs }, this.random);
    if (!isTold) return this.#expect(Math.min(backoffMs, leftMs));
    const pauseMs = (error.retryAfterMs ?? 0) + backoffMs;
    this.#expect(0, pauseMs);
    return pauseMs;
  }

  /** The next step begins after `pauseMs`, which do not count, and waits `waitMs`, which do. */
  #expect(waitMs: number, pauseMs = 0): number {
    this.#sinceMs = this.scheduler.now() + pauseMs;
    this.#expectedMs = waitMs;
    return waitMs;
  }
}

/** Anywhere up to a wait that doubles with each trouble before it, so that those who fail together do not return together. */
export function backoff(
  troubles: number,
  { initialMs, maxMs }: Pick<PatienceLimits, 'initialMs' | 'maxMs'>,
  random: () => number,
): number {
  return random() * Math.min(initialMs * 2 ** Math.min(troubles, 50), maxMs);
}
