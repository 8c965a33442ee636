import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { checkPositiveMs } from '../../cadence/delay.js';
import { checkFunctions, checkNames, invalidArgument, type RushesError } from '../../errors.js';
import { checkRetry, type RetryOptions } from '../../operators/retry-transient.js';
import { checkScheduler } from '../../watch/poll-source.js';
import type { CloudEvent } from '../envelope/cloud-event.js';
import type { Publisher } from './publisher.js';

/** How news goes onto a bus. */
export interface PublishOptions {
  /**
   * How patiently a bus is tried that refuses, until it has taken nothing of a task for `giveUpAfterMs`.
   * @defaultValue `retryDefaults`
   */
  readonly retry?: RetryOptions;
  /** Events at the bus at once, at most one of each task; `Infinity` for any number. @defaultValue 32 */
  readonly concurrency?: number;
  /**
   * How long the bus may take to answer, `Infinity` for any time. An event without an answer is given up and not tried
   * again, as it may still arrive, and then after what follows it. @defaultValue 120000
   */
  readonly answerTimeoutMs?: number;
  /** Told before each wait after which an event, or newer news in its place, is tried again. */
  readonly onRetry?: (event: CloudEvent, error: RushesError, waitMs: number) => void;
  /** @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
  /** Numbers in [0, 1). @defaultValue `Math.random` */
  readonly random?: () => number;
}

/** The defaults of {@link PublishOptions} that are plain values; those of `retry` are `retryDefaults`. */
export const publishDefaults = Object.freeze({
  concurrency: 32,
  answerTimeoutMs: 120_000,
} satisfies PublishOptions);

const names = ['retry', 'concurrency', 'answerTimeoutMs', 'onRetry', 'scheduler', 'random'];

/** {@link PublishOptions}, checked and whole. */
export interface PublishSettings extends Required<Omit<PublishOptions, 'onRetry' | 'retry'>> {
  readonly retry: Required<RetryOptions>;
  readonly onRetry: PublishOptions['onRetry'];
}

/** Fills in the defaults. @throws `INVALID_ARGUMENT` naming what is wrong. */
export function checkPublish(publisher: Publisher, options: PublishOptions): PublishSettings {
  if (typeof Object(publisher).publish !== 'function')
    throw invalidArgument('publishTo(publisher)', 'a Publisher, such as natsPublisher(js, { subject })', publisher);
  checkNames('publishTo', options, names);
  const {
    retry,
    concurrency = publishDefaults.concurrency,
    answerTimeoutMs = publishDefaults.answerTimeoutMs,
    onRetry,
    scheduler = asyncScheduler,
    random = Math.random,
  } = options;
  checkFunctions({ 'publishTo.onRetry': onRetry, 'publishTo.random': random });
  checkScheduler(scheduler, 'publishTo.scheduler');
  if (answerTimeoutMs !== Number.POSITIVE_INFINITY) checkPositiveMs('publishTo.answerTimeoutMs', answerTimeoutMs);
  if (!(typeof concurrency === 'number' && concurrency >= 1))
    throw invalidArgument('publishTo.concurrency', 'a number, 1 or more, or Infinity', concurrency);
  return { retry: checkRetry(retry), concurrency, answerTimeoutMs, onRetry, scheduler, random };
}
