import {
  asyncScheduler,
  connect,
  ignoreElements,
  type MonoTypeOperatorFunction,
  merge,
  type SchedulerLike,
  tap,
  throwError,
  timeout,
} from 'rxjs';
import { checkMs } from '../cadence/delay.js';
import { RushesError } from '../errors.js';
import type { Snapshot } from '../task/snapshot.js';
import { distinctSnapshots } from './distinct-snapshots.js';

/** When {@link errorIfStalled} loses patience. */
export interface ErrorIfStalledOptions {
  /** How long nothing may change, in anything but time. */
  readonly afterMs: number;
  /** @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
}

/**
 * Errors with `STALLED` when the task has not changed for `afterMs`. Repeats pass, but are no news.
 *
 * ```text
 * source:  --q--r--r-----     (5 frames of patience)
 * result:  --q--r--r-#        (# is STALLED)
 * ```
 *
 * @throws `INVALID_ARGUMENT` at the call when `afterMs` is not a finite number of milliseconds, 0 or more.
 * @example
 * ```ts
 * client.watch(task).pipe(errorIfStalled({ afterMs: 120_000 })).subscribe();
 * ```
 */
export function errorIfStalled(options: ErrorIfStalledOptions): MonoTypeOperatorFunction<Snapshot> {
  const { afterMs, scheduler = asyncScheduler } = options;
  checkMs('errorIfStalled.afterMs', afterMs);
  return connect((source) => {
    let lastSnapshot: Snapshot | undefined;
    const stalled = () =>
      throwError(
        () =>
          new RushesError('STALLED', `nothing has changed for ${afterMs} ms`, {
            task: lastSnapshot?.task,
            lastSnapshot,
            retryable: true,
          }),
      );
    const watchdog = source.pipe(
      tap((snapshot) => {
        lastSnapshot = snapshot;
      }),
      distinctSnapshots(),
      timeout({ each: afterMs, with: stalled, scheduler }),
      ignoreElements(),
    );
    return merge(source, watchdog);
  });
}
