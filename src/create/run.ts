import { defer, type Observable, switchMap } from 'rxjs';
import type { Snapshot } from '../task/snapshot.js';

/**
 * Creates at the first subscription and watches what was made. Later subscriptions attach to the same task, however the
 * create went: it is never sent again.
 */
export function run(
  create: () => Promise<Snapshot>,
  watch: (created: Snapshot) => Observable<Snapshot>,
): Observable<Snapshot> {
  let created: Promise<Snapshot> | undefined;
  return defer(() => {
    if (!created) {
      // A create that throws, too, was called once and for all.
      created = new Promise((resolve) => resolve(create()));
      // Whoever subscribes hears of a failure; that everyone has left makes it no unhandled rejection.
      created.catch(() => undefined);
    }
    return created;
  }).pipe(switchMap(watch));
}
