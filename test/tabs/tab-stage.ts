import { exhaustMap, finalize, map, Observable, takeWhile, timer } from 'rxjs';
import { Waits } from '../../src/cadence/waits.js';
import { isLive, type Snapshot, type SnapshotSource } from '../../src/index.js';
import { sharedBackend } from '../../src/tabs/shared-backend.js';
import { createClock, snapshotOf } from '../../src/testing/index.js';
import { Viewer } from '../watch/viewer.js';
import { FakeBrowser, type FakeTab, type Kind } from './fake-browser.js';

export const task = { provider: 'test', id: 'task_1' } as const;
export const intervalMs = 5_000;
export const pollMs = 2_000;
const answerMs = 50;

/** A tab of the application, and who watches in it. */
export interface StagedTab {
  readonly tab: FakeTab;
  readonly source: SnapshotSource;
  readonly isPolling: () => boolean;
  watch(known?: Snapshot): Viewer;
}

/** A server whose task moves by 1 % each second until it is told to end, and tabs that poll it together. */
export function tabStage(options: { seed?: number; latencyMs?: (kind: Kind) => number } = {}) {
  const clock = createClock();
  const startMs = clock.now();
  const browser = new FakeBrowser(clock, options.latencyMs);
  let chance = options.seed ?? 1;
  const random = () => {
    chance = (chance * 48_271) % 2_147_483_647;
    return chance / 2_147_483_647;
  };
  let end: Snapshot | undefined;
  let asked = 0;
  const tabs: StagedTab[] = [];
  const look = (): Snapshot => {
    asked++;
    const progress = Math.min(Math.floor((clock.now() - startMs) / 1_000), 99);
    return end ?? snapshotOf('in_progress', { task, progress });
  };

  function open({ scope = 'user', source }: { scope?: string; source?: SnapshotSource } = {}): StagedTab {
    const tab = browser.tab();
    let polling = 0;
    const poll: SnapshotSource = () =>
      new Observable((subscriber) => {
        polling++;
        return timer(0, pollMs, tab.scheduler)
          .pipe(
            exhaustMap(() => {
              const seen = look();
              return timer(answerMs, tab.scheduler).pipe(map(() => seen));
            }),
            takeWhile(isLive, true),
            finalize(() => polling--),
          )
          .subscribe(subscriber);
      });
    const backend = sharedBackend(
      source ?? poll,
      { scope, intervalMs, random, waits: new Waits(tab.scheduler) },
      () => tab.platform,
    );
    const staged = {
      tab,
      source: backend.watch,
      isPolling: () => polling > 0 && tab.state === 'running',
      watch: (known?: Snapshot) => new Viewer(backend.watch(task, known)),
    };
    tabs.push(staged);
    return staged;
  }

  return {
    clock,
    browser,
    open,
    /** From now on the task has ended. */
    end: (snapshot: Snapshot = snapshotOf('completed', { task })) => {
      end = snapshot;
    },
    get asked() {
      return asked;
    },
    get pollers() {
      return tabs.filter(({ isPolling }) => isPolling()).length;
    },
    get leader() {
      return tabs.find(({ isPolling }) => isPolling());
    },
  };
}
