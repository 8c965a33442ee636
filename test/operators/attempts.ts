import { Observable } from 'rxjs';
import { type ErrorCode, RushesError } from '../../src/errors.js';
import type { RetryTransientOptions } from '../../src/operators/retry-transient.js';
import { retryTransient } from '../../src/operators/retry-transient.js';
import { Timers } from '../cadence/timers.js';

export const trouble = (code: ErrorCode = 'UNAVAILABLE', retryAfterMs?: number) =>
  new RushesError(code, 'trouble', { retryable: true, retryAfterMs });

/** What one attempt does: takes its time, says something good, and then fails, ends, or stays. */
export interface Attempt {
  readonly takesMs?: number;
  readonly says?: string;
  readonly error?: unknown;
  readonly ends?: true;
  /** Time that the clock jumps by while it is under way. */
  readonly jumpMs?: number;
}

/** Runs attempts through `retryTransient`, the last one again and again, and notes all with its time. */
export class Attempts {
  readonly timers = new Timers();
  readonly startsMs: number[] = [];
  readonly log: string[] = [];
  readonly waitsMs: number[] = [];
  readonly retried: unknown[] = [];
  readonly gaveUp: unknown[] = [];
  error: unknown;
  open = 0;
  readonly #beginMs = this.timers.now();

  constructor(attempts: readonly Attempt[], options: RetryTransientOptions = {}) {
    const source = new Observable<string>((subscriber) => {
      const attempt = attempts[Math.min(this.startsMs.length, attempts.length - 1)] as Attempt;
      this.startsMs.push(this.nowMs);
      this.open++;
      const action = this.timers.schedule(() => {
        if (attempt.says !== undefined) subscriber.next(attempt.says);
        if (attempt.error !== undefined) subscriber.error(attempt.error);
        if (attempt.ends) subscriber.complete();
      }, attempt.takesMs ?? 0);
      this.timers.clockMs += attempt.jumpMs ?? 0;
      return () => {
        this.open--;
        action.unsubscribe();
      };
    });
    const subscription = source
      .pipe(
        retryTransient({
          scheduler: this.timers,
          random: () => 1,
          onRetry: (error, waitMs) => {
            this.retried.push(error);
            this.waitsMs.push(waitMs);
          },
          onGiveUp: (error) => this.gaveUp.push(error),
          ...options,
        }),
      )
      .subscribe({
        next: (value) => this.log.push(`${value}@${this.nowMs}`),
        error: (error: unknown) => {
          this.error = error;
          this.log.push(`error@${this.nowMs}`);
        },
        complete: () => this.log.push(`end@${this.nowMs}`),
      });
    this.leave = () => subscription.unsubscribe();
  }

  readonly leave: () => void;

  get nowMs(): number {
    return this.timers.now() - this.#beginMs;
  }
}
