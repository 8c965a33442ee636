import { invalidArgument } from '../errors.js';
import type { Cadence } from './cadence.js';

/** How {@link jittered} spreads. */
export interface JitteredOptions {
  /** How far a wait may move, as a share of itself; 0-1. @defaultValue 0.2 */
  readonly ratio?: number;
  /** Where chance comes from: numbers in [0, 1). @defaultValue `Math.random` */
  readonly random?: () => number;
}

/** The default of {@link jittered}. */
export const jitteredDefaults = Object.freeze({ ratio: 0.2 } satisfies JitteredOptions);

/**
 * `cadence`, spread evenly over ± `ratio`, so that tasks which started together do not ask together for ever.
 *
 * @throws `INVALID_ARGUMENT` when `ratio` is not within 0-1.
 * @example
 * ```ts
 * const cadence = jittered(pollEvery(10_000), { ratio: 0.5, random: () => 0 });
 * cadence({ polls: 1, elapsedMs: 0, sinceChangeMs: 0 }); // 5000
 * ```
 */
export function jittered(cadence: Cadence, options: JitteredOptions = {}): Cadence {
  const { ratio = jitteredDefaults.ratio, random = Math.random } = options;
  if (!(typeof ratio === 'number' && ratio >= 0 && ratio <= 1))
    throw invalidArgument('jittered.ratio', 'a number within 0-1', ratio);
  return (seen) => cadence(seen) * (1 + ratio * (2 * random() - 1));
}
