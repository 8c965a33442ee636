import { Observable, of } from 'rxjs';
import { isTerminal } from '../task/snapshot.js';
import type { Backend } from '../watch/backend.js';
import type { SnapshotSource } from '../watch/snapshot-source.js';
import { withWatch } from '../watch/with-watch.js';
import type { TabPlatform } from './platform.js';
import { type TabSettings, TabWatch } from './tab-watch.js';

/** `backend`, watched by one tab for all those that `platform` lets it work with. */
export function sharedBackend(
  backend: Backend | SnapshotSource,
  settings: Omit<TabSettings, 'source'>,
  platform: () => TabPlatform | undefined,
): Backend {
  return withWatch('shareAcrossTabs', backend, (watch) => {
    const tabs = { ...settings, source: watch };
    return (task, known) =>
      new Observable((viewer) => {
        const here = platform();
        if (known && isTerminal(known)) return of(known).subscribe(viewer);
        return here ? new TabWatch(task, known, viewer, here, tabs) : watch(task, known).subscribe(viewer);
      });
  });
}
