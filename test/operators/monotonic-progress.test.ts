import fc from 'fast-check';
import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { monotonicProgress } from '../../src/operators/monotonic-progress.js';
import type { Snapshot } from '../../src/task/snapshot.js';
import { snapshotOf, statuses } from '../task/snapshots.js';
import { inMarbles, meaning, readDocMarble, single } from './doc-marble.js';

const collect = (told: readonly Snapshot[]) => lastValueFrom(from(told).pipe(monotonicProgress(), toArray()));

describe('monotonicProgress', () => {
  test('does what its doc comment draws', () => {
    const doc = readDocMarble('monotonic-progress');
    inMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Snapshot>(
        doc.sources[0]?.marbles as string,
        doc.sources[0]?.values as Record<string, Snapshot>,
      );
      const expected = single(doc.result, meaning);
      expectObservable(source.pipe(monotonicProgress())).toBe(expected.marbles, expected.values);
      expectSubscriptions(source.subscriptions).toBe('^--------------!');
    });
  });

  test('changes nothing but a progress that fell, and passes what did not as it is', async () => {
    const told = [
      snapshotOf('in_progress', { progress: 50, model: 'm' }),
      snapshotOf('in_progress', { progress: 30, model: 'm', providerStatus: 'odd' }),
      snapshotOf('queued'),
      snapshotOf('failed', { progress: 0 }),
      snapshotOf('in_progress', { progress: 50 }),
      snapshotOf('in_progress', { progress: 51 }),
    ];
    const seen = await collect(told);
    expect(seen).toEqual([
      told[0],
      { ...told[1], progress: 50 },
      told[2],
      { ...told[3], progress: 50 },
      told[4],
      told[5],
    ]);
    for (const index of [0, 2, 4, 5]) expect(seen[index]).toBe(told[index]);
    expect(seen.every((snapshot) => Object.isFrozen(snapshot))).toBe(true);
    expect(seen[2]).not.toHaveProperty('progress');
  });

  test('a progress of 0 stays, and is no reason to make a new snapshot', async () => {
    const told = [snapshotOf('queued', { progress: 0 })];
    expect((await collect(told))[0]).toBe(told[0]);
  });

  test('never lets the progress of any task fall, and never raises it above what was said', async () => {
    const aSnapshot = fc
      .record({ id: fc.constantFrom('a', 'b'), progress: fc.nat(100), status: fc.constantFrom(...statuses) })
      .map(({ id, progress, status }) => snapshotOf(status, { progress, task: { provider: 'ark', id } }));
    await fc.assert(
      fc.asyncProperty(fc.array(aSnapshot), async (told) => {
        const seen = await collect(told);
        for (const [index, { task, progress }] of seen.entries()) {
          const before = told.slice(0, index + 1).filter((snapshot) => snapshot.task.id === task.id);
          expect(progress).toBe(Math.max(...before.map((snapshot) => snapshot.progress ?? 0)));
        }
      }),
    );
  });

  test('begins anew with each subscriber, passes errors, and leaves the source when it is left', () => {
    const values = { a: snapshotOf('in_progress', { progress: 9 }), b: snapshotOf('in_progress', { progress: 3 }) };
    inMarbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a--b-#', values);
      const monotonic = source.pipe(monotonicProgress());
      expectObservable(monotonic).toBe('-a--c-#', { ...values, c: values.a });
      expectObservable(monotonic, '--^--!').toBe('----b', values);
      expectSubscriptions(source.subscriptions).toBe(['^-----!', '--^--!']);
    });
  });
});
