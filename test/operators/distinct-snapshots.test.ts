import { describe, expect, test } from 'vitest';
import { distinctSnapshots } from '../../src/operators/distinct-snapshots.js';
import type { Snapshot } from '../../src/task/snapshot.js';
import { snapshotOf } from '../task/snapshots.js';
import { inMarbles, meaning, readDocMarble, single } from './doc-marble.js';

const values = Object.fromEntries(['q', 'r', 'C', 'F'].map((letter) => [letter, meaning(letter) as Snapshot]));

describe('distinctSnapshots', () => {
  test('does what its doc comment draws', () => {
    const doc = readDocMarble('distinct-snapshots');
    inMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Snapshot>(
        doc.sources[0]?.marbles as string,
        doc.sources[0]?.values as Record<string, Snapshot>,
      );
      const expected = single(doc.result, meaning);
      expectObservable(source.pipe(distinctSnapshots())).toBe(expected.marbles, expected.values);
      expectSubscriptions(source.subscriptions).toBe('^--------------!');
    });
  });

  test.each([
    ['going back is news', '-q-r-q-r-|', '-q-r-q-r-|', '^--------!'],
    ['a repeat of a terminal snapshot is none', '-C-C-|', '-C---|', '^----!'],
    ['an error passes', '-q-q-#', '-q---#', '^----!'],
  ])('%s', (_what, given, expected, subscribed) => {
    inMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(given, values);
      expectObservable(source.pipe(distinctSnapshots())).toBe(expected, values);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
  });

  test('compares a task with itself, not with its neighbours', () => {
    inMarbles(({ cold, expectObservable }) => {
      const given = single('--r1--r2--r1--r2--q2--r1--|', meaning as () => Snapshot);
      const expected = single('--r1--r2----------q2------|', meaning as () => Snapshot);
      expectObservable(cold(given.marbles, given.values).pipe(distinctSnapshots())).toBe(
        expected.marbles,
        expected.values,
      );
    });
  });

  test('what differs in time alone is a repeat, also of a repeat', () => {
    const at = (createdAt: number, progress: number) => snapshotOf('in_progress', { createdAt, progress });
    const told = { a: at(1, 5), b: at(2, 5), c: at(3, 5), d: at(3, 6) };
    inMarbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a-b-c-d-|', told).pipe(distinctSnapshots())).toBe('-a-----d-|', told);
    });
  });

  test('begins anew with each subscriber, and leaves the source with it', () => {
    inMarbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-q--q--q--r-|', values);
      const distinct = source.pipe(distinctSnapshots());
      expectObservable(distinct).toBe('-q--------r-|', values);
      expectObservable(distinct, '--^-----!').toBe('----q----', values);
      expectSubscriptions(source.subscriptions).toBe(['^-----------!', '--^-----!']);
    });
    expect.assertions(3);
  });
});
