import { checkPositiveMs } from '../../cadence/delay.js';
import { checkFunctions, checkNames } from '../../errors.js';
import { checkRetry, type RetryOptions } from '../../operators/retry-transient.js';
import {
  type BusSourceOptions,
  busSourceDefaults,
  busSourceNames,
  checkBusSource,
} from '../read/bus-source-options.js';

/** What is read in Redis, and how patiently. */
export interface RedisSourceOptions extends BusSourceOptions {
  /** The key of the stream, as the publisher has it. */
  readonly stream: string;
  /** How patiently a Redis is tried that cannot be read. @defaultValue `retryDefaults` */
  readonly retry?: RetryOptions;
  /** How long Redis may take to answer before a new connection is made. @defaultValue 10000 */
  readonly answerTimeoutMs?: number;
  /** Numbers in [0, 1). @defaultValue `Math.random` */
  readonly random?: () => number;
}

/** The defaults of {@link RedisSourceOptions} that are plain values; those of `retry` are `retryDefaults`. */
export const redisSourceDefaults = Object.freeze({
  ...busSourceDefaults,
  answerTimeoutMs: 10_000,
} satisfies Partial<RedisSourceOptions>);

const names = ['stream', 'retry', 'answerTimeoutMs', 'random', ...busSourceNames];

/** @throws `INVALID_ARGUMENT` naming what is wrong. */
export function checkRedisSource(label: string, options: RedisSourceOptions): void {
  checkNames(label, options, names);
  checkBusSource(label, options);
  checkRetry(options.retry);
  checkPositiveMs(`${label}.answerTimeoutMs`, options.answerTimeoutMs ?? redisSourceDefaults.answerTimeoutMs);
  checkFunctions({ random: options.random });
}
