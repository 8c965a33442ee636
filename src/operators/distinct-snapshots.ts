import { defer, filter, type MonoTypeOperatorFunction } from 'rxjs';
import { taskKey } from '../task/ref.js';
import { isSameNews } from '../task/sameness.js';
import type { Snapshot } from '../task/snapshot.js';

/**
 * Drops a snapshot that says the same, in all but time, as the one before it of the same task.
 *
 * ```text
 * source:  --q--q--r--r--C|
 * result:  --q-----r-----C|
 * ```
 */
export function distinctSnapshots(): MonoTypeOperatorFunction<Snapshot> {
  return (source) =>
    defer(() => {
      const latest = new Map<string, Snapshot>();
      return source.pipe(
        filter((snapshot) => {
          const key = taskKey(snapshot.task);
          const previous = latest.get(key);
          latest.set(key, snapshot);
          return previous === undefined || !isSameNews(previous, snapshot);
        }),
      );
    });
}
