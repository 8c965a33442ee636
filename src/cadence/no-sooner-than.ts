import type { Cadence } from './cadence.js';
import { checkMs } from './delay.js';

/**
 * `cadence`, but never sooner than `minMs` after an answer.
 *
 * @throws `INVALID_ARGUMENT` when `minMs` is not a finite number of milliseconds, 0 or more.
 * @example
 * ```ts
 * noSoonerThan(5_000, pollEvery(1_000))({ polls: 1, elapsedMs: 0, sinceChangeMs: 0 }); // 5000
 * ```
 */
export function noSoonerThan(minMs: number, cadence: Cadence): Cadence {
  checkMs('noSoonerThan(minMs)', minMs);
  return (seen) => Math.max(minMs, cadence(seen));
}
