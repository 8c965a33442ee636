import { defer, map, type OperatorFunction } from 'rxjs';
import { advance } from '../task/advance.js';
import { taskKey } from '../task/ref.js';
import { isTerminal, type Snapshot } from '../task/snapshot.js';
import type { Status } from '../task/status.js';
import type { TaskEvent } from './task-event.js';

/** How many tasks stand where. */
export interface Summary extends Readonly<Record<Status | 'lost', number>> {
  /** Tasks heard of so far. */
  readonly total: number;
  /** Tasks that have ended or were lost. */
  readonly settled: number;
}

/**
 * Counts many tasks by where they stand, after each piece of news. A task that has ended stays ended, whatever comes
 * later; a lost one is counted anew when something is heard of it.
 *
 * ```text
 * source:  --q1--q2--C1--L2|
 * result:  --a---b---c---d-|
 * ```
 *
 * @example
 * ```ts
 * client.watchAll(tasks).pipe(summarize()).subscribe((s) => console.log(`${s.settled} of ${s.total}`)); // 0 of 1 …
 * ```
 */
export function summarize(): OperatorFunction<TaskEvent | Snapshot, Summary> {
  return (source) =>
    defer(() => {
      const standings = new Map<string, Snapshot | 'lost'>();
      const counts: Record<keyof Summary, number> = { ...nothing };
      const move = (standing: Snapshot | 'lost', by: 1 | -1) => {
        counts[standing === 'lost' ? 'lost' : standing.status] += by;
        counts.total += by;
        if (standing === 'lost' || isTerminal(standing)) counts.settled += by;
      };
      return source.pipe(
        map((news) => {
          const key = taskKey(news.task);
          const before = standings.get(key);
          const after = standingAfter(before, news);
          if (before) move(before, -1);
          move(after, 1);
          standings.set(key, after);
          return Object.freeze({ ...counts });
        }),
      );
    });
}

const nothing: Summary = Object.freeze({
  queued: 0,
  in_progress: 0,
  unknown: 0,
  completed: 0,
  failed: 0,
  error: 0,
  cancelled: 0,
  expired: 0,
  lost: 0,
  total: 0,
  settled: 0,
});

function standingAfter(before: Snapshot | 'lost' | undefined, news: TaskEvent | Snapshot): Snapshot | 'lost' {
  const known = before === 'lost' ? undefined : before;
  if ('kind' in news && news.kind === 'lost') return known && isTerminal(known) ? known : 'lost';
  return advance(known, 'kind' in news ? news.snapshot : news);
}
