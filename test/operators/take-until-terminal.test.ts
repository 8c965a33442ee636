import { describe, expect, test } from 'vitest';
import { takeUntilTerminal } from '../../src/operators/take-until-terminal.js';
import type { Snapshot } from '../../src/task/snapshot.js';
import { snapshotOf, statuses } from '../task/snapshots.js';
import { inMarbles, meaning, readDocMarble, single } from './doc-marble.js';

const values = Object.fromEntries(['q', 'r', 'C', 'F'].map((letter) => [letter, meaning(letter) as Snapshot]));

describe('takeUntilTerminal', () => {
  test('does what its doc comment draws', () => {
    const doc = readDocMarble('take-until-terminal');
    inMarbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot<Snapshot>(
        doc.sources[0]?.marbles as string,
        doc.sources[0]?.values as Record<string, Snapshot>,
      );
      const expected = single(doc.result, meaning);
      expectObservable(source.pipe(takeUntilTerminal())).toBe(expected.marbles, expected.values);
      expectSubscriptions(source.subscriptions).toBe('^-------!');
    });
  });

  test.each([
    ['a first terminal snapshot is all', '--F--r', '--(F|)', '^-!'],
    ['a source that completes early is left as it is', '-q-|', '-q-|', '^--!'],
    ['an error passes', '-q-#', '-q-#', '^--!'],
    ['nothing comes of nothing', '---|', '---|', '^--!'],
    ['terminal at once', '(qC)-r', '(qC|)', '(^!)'],
  ])('%s', (_what, given, expected, subscribed) => {
    inMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(given, values);
      expectObservable(source.pipe(takeUntilTerminal())).toBe(expected, values);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
  });

  test('leaves the source when it is left', () => {
    inMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-q-r-C', values);
      expectObservable(source.pipe(takeUntilTerminal()), '^---!').toBe('-q-r-', values);
      expectSubscriptions(source.subscriptions).toBe('^---!');
    });
  });

  test.each(statuses)('%s passes, and ends what it must', (status) => {
    inMarbles(({ cold, expectObservable }) => {
      const isOver = !['queued', 'in_progress', 'unknown'].includes(status);
      const source = cold('-a-a', { a: snapshotOf(status) });
      expectObservable(source.pipe(takeUntilTerminal())).toBe(isOver ? '-(a|)' : '-a-a', { a: snapshotOf(status) });
    });
    expect.assertions(1);
  });
});
