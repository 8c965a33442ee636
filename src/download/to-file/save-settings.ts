import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { checkMs } from '../../cadence/delay.js';
import { checkNames, invalidArgument } from '../../errors.js';
import { checkRetry, type RetryOptions } from '../../operators/retry-transient.js';
import { checkScheduler } from '../../watch/poll-source.js';

/** How a video is saved. */
export interface SaveVideoOptions {
  /** Whether a file that is there already is replaced. @defaultValue false */
  readonly overwrite?: boolean;
  /** How large a video may be, in bytes; `Infinity` for as large as it likes. @defaultValue 4294967296 */
  readonly maxBytes?: number;
  /** How patiently a broken download is taken up again; received bytes are good news. @defaultValue `retryDefaults` */
  readonly retry?: RetryOptions;
  /** How long the wait for the next byte may take; `Infinity` for as long as it likes. @defaultValue 30000 */
  readonly stallTimeoutMs?: number;
  /** Where time comes from. @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
  /** Numbers in [0, 1), for the waits between attempts. @defaultValue `Math.random` */
  readonly random?: () => number;
}

/** The defaults of {@link SaveVideoOptions} that are plain values. */
export const saveVideoDefaults = Object.freeze({
  overwrite: false,
  maxBytes: 4 * 2 ** 30,
  stallTimeoutMs: 30_000,
} satisfies SaveVideoOptions);

/** {@link SaveVideoOptions}, checked. */
export type SaveSettings = Required<SaveVideoOptions>;

/** Fills in the defaults. @throws `INVALID_ARGUMENT` naming the option. */
export function saveSettings(options: SaveVideoOptions): SaveSettings {
  checkNames('options', options, [...Object.keys(saveVideoDefaults), 'retry', 'scheduler', 'random']);
  const {
    overwrite = saveVideoDefaults.overwrite,
    maxBytes = saveVideoDefaults.maxBytes,
    stallTimeoutMs = saveVideoDefaults.stallTimeoutMs,
    scheduler = asyncScheduler,
    random = Math.random,
  } = options;
  if (typeof overwrite !== 'boolean') throw invalidArgument('options.overwrite', 'a boolean', overwrite);
  if (!(typeof maxBytes === 'number' && maxBytes > 0))
    throw invalidArgument('options.maxBytes', 'a number of bytes above 0', maxBytes);
  checkMs('options.stallTimeoutMs', stallTimeoutMs, { orInfinity: true });
  checkScheduler(scheduler);
  if (typeof random !== 'function') throw invalidArgument('options.random', 'a function', random);
  return { overwrite, maxBytes, retry: checkRetry(options.retry), stallTimeoutMs, scheduler, random };
}

/** @throws `INVALID_ARGUMENT` for what can be the path of no file. */
export function checkPath(name: string, path: unknown): void {
  if (typeof path !== 'string' || path === '' || path.includes('\0'))
    throw invalidArgument(name, 'the path of a file or folder, without a NUL', path);
}
