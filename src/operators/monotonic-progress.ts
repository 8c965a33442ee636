import { defer, type MonoTypeOperatorFunction, map } from 'rxjs';
import { taskKey } from '../task/ref.js';
import type { Snapshot } from '../task/snapshot.js';

/**
 * Never lets a task's progress fall: a snapshot that says less than one before it is passed with the most said so far.
 * Gateways report 50, then 30, when they meet a status they do not know.
 *
 * ```text
 * source:  --10--50--30--C|
 * result:  --10--50--50--C|
 * ```
 */
export function monotonicProgress(): MonoTypeOperatorFunction<Snapshot> {
  return (source) =>
    defer(() => {
      const most = new Map<string, number>();
      return source.pipe(
        map((snapshot) => {
          if (snapshot.progress === undefined) return snapshot;
          const key = taskKey(snapshot.task);
          const progress = Math.max(snapshot.progress, most.get(key) ?? 0);
          most.set(key, progress);
          return progress === snapshot.progress ? snapshot : Object.freeze({ ...snapshot, progress });
        }),
      );
    });
}
