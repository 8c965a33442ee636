import { invalidArgument } from '../errors.js';
import type { Cadence } from './cadence.js';
import { checkMs } from './delay.js';

/**
 * Ask after `minMs` while the task moves, and ever more calmly, up to `maxMs`, the longer nothing changes: the wait is
 * a quarter of the time since the last change.
 *
 * @throws `INVALID_ARGUMENT` when a bound is not a finite number of milliseconds or `maxMs` is below `minMs`.
 * @example
 * ```ts
 * const cadence = pollBetween(5_000, 10_000);
 * cadence({ polls: 3, elapsedMs: 15_000, sinceChangeMs: 2_000 }); // 5000
 * cadence({ polls: 9, elapsedMs: 60_000, sinceChangeMs: 32_000 }); // 8000
 * ```
 */
export function pollBetween(minMs: number, maxMs: number): Cadence {
  checkMs('pollBetween(minMs)', minMs);
  checkMs('pollBetween(maxMs)', maxMs);
  if (maxMs < minMs) throw invalidArgument('pollBetween(maxMs)', `at least minMs (${minMs})`, maxMs);
  return ({ sinceChangeMs }) => Math.min(Math.max(sinceChangeMs / 4, minMs), maxMs);
}
