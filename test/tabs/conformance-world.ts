import { filter, Observable, ReplaySubject } from 'rxjs';
import { Waits } from '../../src/cadence/waits.js';
import type { Snapshot, SnapshotSource } from '../../src/index.js';
import { sharedBackend } from '../../src/tabs/shared-backend.js';
import { isSameTask } from '../../src/task/ref.js';
import { createClock, type SourceWorld } from '../../src/testing/index.js';
import { FakeBrowser } from './fake-browser.js';

/** A tab over a bus that remembers: one that asks it, or one that listens to another tab. */
export function conformanceWorld(how: 'asks' | 'listens'): SourceWorld {
  const clock = createClock();
  const browser = new FakeBrowser(clock);
  const bus = new ReplaySubject<Snapshot>();
  let asking = 0;
  const asked: SnapshotSource = (task) =>
    new Observable((subscriber) => {
      asking++;
      subscriber.add(() => asking--);
      return bus.pipe(filter((snapshot) => isSameTask(snapshot.task, task))).subscribe(subscriber);
    });
  const never: SnapshotSource = () => {
    throw new Error('a tab that listens must not ask');
  };
  const tab = (source: SnapshotSource) => {
    const { platform, scheduler } = browser.tab();
    const settings = { scope: 'user', intervalMs: 5_000, waits: new Waits(scheduler), random: Math.random };
    return sharedBackend(source, settings, () => platform).watch;
  };
  const asks = tab(asked);
  const listens = tab(never);
  return {
    source:
      how === 'asks'
        ? asks
        : (task) =>
            new Observable((subscriber) => {
              const other = asks(task).subscribe({ error: () => undefined });
              subscriber.add(listens(task).subscribe(subscriber));
              subscriber.add(() => other.unsubscribe());
            }),
    say: (snapshot) => bus.next(snapshot),
    settle: () => clock.advance(200),
    busy: () => browser.busy + clock.pending + asking,
  };
}
