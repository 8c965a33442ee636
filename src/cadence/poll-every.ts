import type { Cadence } from './cadence.js';
import { checkMs } from './delay.js';

/**
 * Ask again `intervalMs` after each answer.
 *
 * @throws `INVALID_ARGUMENT` when `intervalMs` is not a finite number of milliseconds, 0 or more.
 * @example
 * ```ts
 * pollEvery(5_000)({ polls: 1, elapsedMs: 0, sinceChangeMs: 0 }); // 5000
 * ```
 */
export function pollEvery(intervalMs: number): Cadence {
  checkMs('pollEvery(intervalMs)', intervalMs);
  return () => intervalMs;
}
