import type { RushesError } from '../errors.js';
import type { TaskRef } from '../task/ref.js';
import { isTerminal, type Snapshot } from '../task/snapshot.js';
import type { Ledger } from './ledger.js';
import { ledgerFailed } from './ledger-failed.js';

/**
 * Tells `ledger` of each task that is seen to end at `baseUrl`; live snapshots pass it by.
 *
 * @param onFailure - Told of an end that could not be noted: whoever watches is told of it all the same.
 */
export function notingEnds(
  ledger: Ledger | undefined,
  baseUrl: string,
  onFailure: (error: RushesError, task: TaskRef) => void,
): (snapshot: Snapshot) => Promise<void> {
  return async (snapshot) => {
    if (!ledger || !isTerminal(snapshot)) return;
    const { task } = snapshot;
    try {
      await ledger.end(snapshot, baseUrl);
    } catch (cause) {
      onFailure(ledgerFailed(cause, 'the end of a task could not be noted', { task }), task);
    }
  };
}
