import { invalidArgument } from '../errors.js';
import type { Cadence } from './cadence.js';
import { checkMs } from './delay.js';

/** How {@link pollBackoff} grows. */
export interface PollBackoffOptions {
  /** The wait after the first answer. @defaultValue 2000 */
  readonly initialMs?: number;
  /** The wait that is never exceeded. @defaultValue 30000 */
  readonly maxMs?: number;
  /** What each wait is multiplied by; 1 or more. @defaultValue 1.5 */
  readonly factor?: number;
}

/** The defaults of {@link pollBackoff}. */
export const pollBackoffDefaults = Object.freeze({
  initialMs: 2_000,
  maxMs: 30_000,
  factor: 1.5,
} satisfies Required<PollBackoffOptions>);

/**
 * Ask ever more seldom, however much happens. It asks densest when a video is least likely to be done; prefer
 * `pollBetween` or the provider's guidance unless each request costs.
 *
 * @throws `INVALID_ARGUMENT` when an option is out of its range.
 * @example
 * ```ts
 * const cadence = pollBackoff({ initialMs: 1_000, factor: 2, maxMs: 5_000 });
 * [1, 2, 3, 4].map((polls) => cadence({ polls, elapsedMs: 0, sinceChangeMs: 0 })); // [1000, 2000, 4000, 5000]
 * ```
 */
export function pollBackoff(options: PollBackoffOptions = {}): Cadence {
  const {
    initialMs = pollBackoffDefaults.initialMs,
    maxMs = pollBackoffDefaults.maxMs,
    factor = pollBackoffDefaults.factor,
  } = options;
  checkMs('pollBackoff.initialMs', initialMs);
  checkMs('pollBackoff.maxMs', maxMs);
  if (!(Number.isFinite(factor) && factor >= 1))
    throw invalidArgument('pollBackoff.factor', 'a finite number, 1 or more', factor);
  // An infinite power times 0 would be no number.
  return ({ polls }) => Math.min(initialMs * Math.min(factor ** (polls - 1), Number.MAX_VALUE), maxMs);
}
