import fc from 'fast-check';
import { from, last, lastValueFrom, map, range, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { RushesError } from '../../src/errors.js';
import { type Summary, summarize } from '../../src/operators/summarize.js';
import type { TaskEvent } from '../../src/operators/task-event.js';
import { isTerminal, type Snapshot } from '../../src/task/snapshot.js';
import { snapshotOf, statuses } from '../task/snapshots.js';
import { inMarbles, meaning, readDocMarble, single } from './doc-marble.js';

const nothing = { queued: 0, in_progress: 0, unknown: 0, completed: 0, failed: 0, error: 0, cancelled: 0, expired: 0 };
const summary = (counts: Partial<Summary>): Summary => ({ ...nothing, lost: 0, total: 0, settled: 0, ...counts });
const news = (line: string) => line.split(' ').map((token) => meaning(token));
const summaries = (told: readonly (TaskEvent | Snapshot)[]) => lastValueFrom(from(told).pipe(summarize(), toArray()));
const afterAll = async (line: string) => (await summaries(news(line))).at(-1);

describe('summarize', () => {
  test('does what its doc comment draws', () => {
    const doc = readDocMarble('summarize');
    const values = {
      a: summary({ queued: 1, total: 1 }),
      b: summary({ queued: 2, total: 2 }),
      c: summary({ queued: 1, completed: 1, total: 2, settled: 1 }),
      d: summary({ completed: 1, lost: 1, total: 2, settled: 2 }),
    };
    inMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(doc.sources[0]?.marbles as string, doc.sources[0]?.values);
      const expected = single(doc.result, (token) => values[token as keyof typeof values]);
      expectObservable(source.pipe(summarize())).toBe(expected.marbles, expected.values);
      expectSubscriptions(source.subscriptions).toBe('^---------------!');
    });
  });

  test('says so after each piece of news, a repeat too, in a summary that stays as it is', async () => {
    const seen = await summaries(news('q1 q1 r1'));
    expect(seen).toEqual([
      summary({ queued: 1, total: 1 }),
      summary({ queued: 1, total: 1 }),
      summary({ in_progress: 1, total: 1 }),
    ]);
    expect(seen.every((each) => Object.isFrozen(each))).toBe(true);
  });

  test.each<[string, string, Partial<Summary>]>([
    ['a task that is queued again', 'q1 r1 q1', { queued: 1, total: 1 }],
    ['late news of one that has ended', 'r1 C1 r1 F1', { completed: 1, total: 1, settled: 1 }],
    ['one that ended and then was lost', 'F1 L1', { failed: 1, total: 1, settled: 1 }],
    ['one that was lost', 'r1 L1', { lost: 1, total: 1, settled: 1 }],
    ['one that was lost unseen, twice', 'L1 L1', { lost: 1, total: 1, settled: 1 }],
    ['one that was lost and found', 'r1 L1 r1', { in_progress: 1, total: 1 }],
    ['one that was lost and found done', 'r1 L1 C1', { completed: 1, total: 1, settled: 1 }],
    ['one that was lost, found and lost', 'L1 q1 L1', { lost: 1, total: 1, settled: 1 }],
    ['tasks among each other', 'q1 q2 q3 r2 C2 L3', { queued: 1, completed: 1, lost: 1, total: 3, settled: 2 }],
  ])('counts %s', async (_what, line, expected) => {
    expect(await afterAll(line)).toEqual(summary(expected));
  });

  test('a snapshot counts the same bare and as an event', async () => {
    const bare = news('q1 r2 C1 F3') as Snapshot[];
    const events = bare.map((snapshot): TaskEvent => ({ kind: 'snapshot', task: snapshot.task, snapshot }));
    expect(await summaries(events)).toEqual(await summaries(bare));
  });

  test('the same id at two providers is two tasks', async () => {
    const told = ['ark', 'acme'].map((provider) => snapshotOf('queued', { task: { provider, id: '1' } }));
    expect((await summaries(told)).at(-1)).toEqual(summary({ queued: 2, total: 2 }));
  });

  test('its numbers always add up, and follow the first end of each task', async () => {
    const aRef = fc.record({ provider: fc.constant('ark'), id: fc.constantFrom('1', '2', '3') });
    const aPiece = fc
      .tuple(aRef, fc.constantFrom(...statuses, 'lost' as const))
      .map(([task, standing]) =>
        standing === 'lost'
          ? ({ kind: 'lost', task, error: new RushesError('DEADLINE', 'late', { task }) } as const satisfies TaskEvent)
          : snapshotOf(standing, { task }),
      );
    await fc.assert(
      fc.asyncProperty(fc.array(aPiece, { minLength: 1 }), async (told) => {
        const { total, settled, lost, ...byStatus } = (await summaries(told)).at(-1) as Summary;
        const ids = new Set(told.map(({ task }) => task.id));
        expect(total).toBe(ids.size);
        expect(Object.values(byStatus).reduce((sum, count) => sum + count) + lost).toBe(total);
        const { queued, in_progress, unknown } = byStatus;
        expect(settled).toBe(total - queued - in_progress - unknown);
        const ended = [...ids].filter((id) => told.some((p) => p.task.id === id && !('kind' in p) && isTerminal(p)));
        expect(settled - lost).toBe(ended.length);
      }),
    );
  });

  test('counts ten thousand tasks', async () => {
    const told = range(0, 20_000).pipe(
      map((n) => snapshotOf(n < 10_000 ? 'queued' : 'completed', { task: { provider: 'ark', id: `${n % 10_000}` } })),
    );
    expect(await lastValueFrom(told.pipe(summarize(), last()))).toEqual(
      summary({ completed: 10_000, total: 10_000, settled: 10_000 }),
    );
  });

  test('begins anew with each subscriber, passes errors, and leaves the source when it is left', () => {
    const values = { q: meaning('q'), a: summary({ queued: 1, total: 1 }), r: meaning('r') };
    inMarbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot<Snapshot | TaskEvent>('-q--r-#', { q: values.q, r: values.r });
      const counted = source.pipe(summarize());
      expectObservable(counted).toBe('-a--b-#', { a: values.a, b: summary({ in_progress: 1, total: 1 }) });
      expectObservable(counted, '--^--!').toBe('----b', { b: summary({ in_progress: 1, total: 1 }) });
      expectSubscriptions(source.subscriptions).toBe(['^-----!', '--^--!']);
    });
    expect.assertions(3);
  });
});
