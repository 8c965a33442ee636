import {
  asyncScheduler,
  concat,
  distinctUntilChanged,
  filter,
  mergeMap,
  type OperatorFunction,
  of,
  startWith,
  switchMap,
  throwError,
  timer,
} from 'rxjs';
import { Waits } from '../../cadence/waits.js';
import { aboutTask, RushesError } from '../../errors.js';
import { distinctSnapshots } from '../../operators/distinct-snapshots.js';
import { takeUntilTerminal } from '../../operators/take-until-terminal.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { isSameTask, type TaskRef } from '../../task/ref.js';
import type { Snapshot } from '../../task/snapshot.js';
import { type BusSourceOptions, busSourceDefaults } from './bus-source-options.js';
import { GAP, type Gap } from './read-news.js';

/** The snapshots of one task among news, by the law: a lost watch, lasting silence and an early end are errors. */
export function snapshotsOf(task: TaskRef, options: BusSourceOptions): OperatorFunction<TaskEvent | Gap, Snapshot> {
  const ended = () => aboutTask(new RushesError('SOURCE_ENDED', 'the bus ended before the task did'), task);
  return (news) =>
    concat(news, throwError(ended)).pipe(
      filter((told) => told === GAP || isSameTask(told.task, task)),
      heardWithin(task, options),
      mergeMap((told) => (told.kind === 'lost' ? throwError(() => told.error) : of(told.snapshot))),
      distinctSnapshots(),
      takeUntilTerminal(),
    );
}

/** News without the gaps, each of which, as the beginning, has to be followed by some in time. */
function heardWithin(task: TaskRef, options: BusSourceOptions): OperatorFunction<TaskEvent | Gap, TaskEvent> {
  const { firstNewsMs = busSourceDefaults.firstNewsMs, scheduler = asyncScheduler } = options;
  if (firstNewsMs === Number.POSITIVE_INFINITY) return filter((told) => told !== GAP);
  const message = `nothing was heard of the task for ${firstNewsMs} ms`;
  const silent = () => new RushesError('STALLED', message, { task, retryable: true });
  const waits = new Waits(scheduler);
  const silence = timer(firstNewsMs, waits).pipe(mergeMap(() => throwError(silent)));
  return (news) =>
    news.pipe(
      startWith(GAP),
      // A connection that is lost again and again must not put off the end of the wait.
      distinctUntilChanged(),
      switchMap((told) => (told === GAP ? silence : of(told))),
    );
}
