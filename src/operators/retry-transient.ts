import { asyncScheduler, type MonoTypeOperatorFunction, Observable, type SchedulerLike, timer } from 'rxjs';
import { checkMs } from '../cadence/delay.js';
import { checkNames, type RushesError } from '../errors.js';
import { Patience } from './patience.js';

/** How long, and how patiently, passing trouble is met. */
export interface RetryOptions {
  /** How long nothing good may come before the last trouble becomes the error; `Infinity` never gives up. @defaultValue 600000 */
  readonly giveUpAfterMs?: number;
  /** The longest first wait; each further one may be twice as long. @defaultValue 1000 */
  readonly initialMs?: number;
  /** The longest wait at all. @defaultValue 30000 */
  readonly maxMs?: number;
}

/** The defaults of {@link RetryOptions}. */
export const retryDefaults = Object.freeze({
  giveUpAfterMs: 600_000,
  initialMs: 1_000,
  maxMs: 30_000,
} satisfies Required<RetryOptions>);

/** {@link RetryOptions}, and where time and chance come from. */
export interface RetryTransientOptions extends RetryOptions {
  /** How long one attempt can take: what took longer was slept through, and costs no more patience. @defaultValue 30000 */
  readonly attemptMs?: number;
  /** @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
  /** Where waits are kept that the server asked for. @defaultValue `scheduler` */
  readonly pauseScheduler?: SchedulerLike;
  /** Numbers in [0, 1). @defaultValue `Math.random` */
  readonly random?: () => number;
  /** Told before each wait. */
  readonly onRetry?: (error: RushesError, waitMs: number) => void;
  /** Told of the error that is passed on. */
  readonly onGiveUp?: (error: RushesError) => void;
}

/** The default of {@link RetryTransientOptions} that is a plain value. */
export const retryTransientDefaults = Object.freeze({ attemptMs: 30_000 } satisfies RetryTransientOptions);

/** Checks {@link RetryOptions} and fills in the defaults. @throws `INVALID_ARGUMENT` naming the option. */
export function checkRetry(options: RetryOptions = {}): Required<RetryOptions> {
  checkNames('retry', options, Object.keys(retryDefaults));
  const {
    giveUpAfterMs = retryDefaults.giveUpAfterMs,
    initialMs = retryDefaults.initialMs,
    maxMs = retryDefaults.maxMs,
  } = options;
  checkMs('retry.giveUpAfterMs', giveUpAfterMs, { orInfinity: true });
  checkMs('retry.initialMs', initialMs);
  checkMs('retry.maxMs', maxMs);
  return { giveUpAfterMs, initialMs, maxMs };
}

/**
 * Resubscribes after passing trouble (`retryable` errors) with full jitter, until nothing good has come for
 * `giveUpAfterMs`; every value is something good. Rate limits and pauses that the server asked for do not count, and a
 * machine that slept loses no patience over it. Any other error passes at once.
 *
 * ```text
 * source:  --q--#          (# is UNAVAILABLE, 2 frames of waiting)
 *               ..--r--C|
 * result:  --q------r--C|
 * ```
 *
 * @throws `INVALID_ARGUMENT` at the call when an option is out of its range.
 * @example
 * ```ts
 * source(task).pipe(retryTransient({ giveUpAfterMs: 60_000 })).subscribe();
 * ```
 */
export function retryTransient<T>(options: RetryTransientOptions = {}): MonoTypeOperatorFunction<T> {
  const { scheduler = asyncScheduler, pauseScheduler = scheduler, random = Math.random, onRetry, onGiveUp } = options;
  const { giveUpAfterMs, initialMs, maxMs, attemptMs = retryTransientDefaults.attemptMs } = options;
  const limits = {
    ...checkRetry({ giveUpAfterMs, initialMs, maxMs } as RetryOptions),
    attemptMs: checkMs('retryTransient.attemptMs', attemptMs, { orInfinity: true }),
  };
  return (source) =>
    new Observable((subscriber) => {
      const patience = new Patience(limits, scheduler, random);
      const next = (value: T) => {
        patience.restore();
        subscriber.next(value);
      };
      const error = (trouble: RushesError) => {
        try {
          const waitMs = patience.waitAfter(trouble);
          if (waitMs === undefined) throw trouble;
          onRetry?.(trouble, waitMs);
          const waits = trouble.retryAfterMs === undefined ? scheduler : pauseScheduler;
          subscriber.add(timer(waitMs, waits).subscribe(attempt));
        } catch (final) {
          if (final === trouble) onGiveUp?.(trouble);
          subscriber.error(final);
        }
      };
      const attempt = () => subscriber.add(source.subscribe({ next, error, complete: () => subscriber.complete() }));
      attempt();
    });
}
