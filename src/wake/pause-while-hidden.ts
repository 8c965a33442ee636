import { defer, dematerialize, distinctUntilChanged, map, materialize, NEVER, startWith, switchMap, tap } from 'rxjs';
import type { Backend } from '../watch/backend.js';
import type { SnapshotSource } from '../watch/snapshot-source.js';
import { withWatch } from '../watch/with-watch.js';
import { isPageHidden, pageEvent } from './page-event.js';

/**
 * Asks nothing while the tab is hidden: a watch leaves its source, and goes on from the last that is known when the tab
 * is visible again. Nobody is told of an end before that, so a page that notifies should not use it. Deadlines count on.
 * Where there is no document nothing is ever hidden.
 *
 * @throws `INVALID_ARGUMENT` when it is given no backend.
 * @example
 * ```ts
 * const client = createClient(pauseWhileHidden()(pollSource(provider)));
 * client.watch(task).subscribe(render); // nothing is asked behind other tabs
 * ```
 */
export function pauseWhileHidden(): (backend: Backend | SnapshotSource) => Backend {
  return (backend) => withWatch('pauseWhileHidden', backend, whileVisible);
}

function whileVisible(watch: SnapshotSource): SnapshotSource {
  return (task, known) =>
    defer(() => {
      let latest = known;
      return pageEvent('document', 'visibilitychange').pipe(
        startWith(undefined),
        map(isPageHidden),
        distinctUntilChanged(),
        // As notifications, so that the end of the source is an end here, too.
        switchMap((isHidden) => (isHidden ? NEVER : watch(task, latest).pipe(materialize()))),
        dematerialize(),
        tap((snapshot) => {
          latest = snapshot;
        }),
      );
    });
}
