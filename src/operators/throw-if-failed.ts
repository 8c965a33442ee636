import { map, type OperatorFunction } from 'rxjs';
import { RushesError } from '../errors.js';
import { type FailedSnapshot, isFailure, type Snapshot } from '../task/snapshot.js';

/**
 * Turns a task that ended without a video into the error `TASK_FAILED`, whose `lastSnapshot` says why.
 *
 * ```text
 * source:  --q--r--(F|)
 * result:  --q--r--#         (# is TASK_FAILED)
 * ```
 */
export function throwIfFailed(): OperatorFunction<Snapshot, Exclude<Snapshot, FailedSnapshot>> {
  return map((snapshot) => {
    if (isFailure(snapshot)) throw taskFailed(snapshot);
    return snapshot;
  });
}

/** The error that a failed task is where only its video would do. */
export function taskFailed(snapshot: FailedSnapshot): RushesError<'TASK_FAILED'> {
  return new RushesError('TASK_FAILED', `the task ended as ${snapshot.status}: ${snapshot.error.message}`, {
    task: snapshot.task,
    lastSnapshot: snapshot,
  });
}
