import { type MonoTypeOperatorFunction, takeWhile } from 'rxjs';
import { isLive, type Snapshot } from '../task/snapshot.js';

/**
 * Ends with the first terminal snapshot, which still passes; then the source is left.
 *
 * ```text
 * source:  --q--r--C--r--
 * result:  --q--r--(C|)
 * ```
 */
export function takeUntilTerminal(): MonoTypeOperatorFunction<Snapshot> {
  return takeWhile(isLive, true);
}
