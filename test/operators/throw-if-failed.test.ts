import { firstValueFrom, of } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { isLost } from '../../src/errors.js';
import { taskFailed, throwIfFailed } from '../../src/operators/throw-if-failed.js';
import type { Snapshot } from '../../src/task/snapshot.js';
import { aTask, failureStatuses, snapshotOf, statuses } from '../task/snapshots.js';
import { inMarbles, meaning, readDocMarble, single, withCode } from './doc-marble.js';

const values = Object.fromEntries(['q', 'r', 'C', 'F'].map((letter) => [letter, meaning(letter) as Snapshot]));

describe('throwIfFailed', () => {
  test('does what its doc comment draws', () => {
    const doc = readDocMarble('throw-if-failed');
    expect(doc.code).toBe('TASK_FAILED');
    inMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Snapshot>(
        doc.sources[0]?.marbles as string,
        doc.sources[0]?.values as Record<string, Snapshot>,
      );
      const expected = single(doc.result, meaning);
      expectObservable(source.pipe(throwIfFailed())).toBe(expected.marbles, expected.values, withCode(doc.code));
      expectSubscriptions(source.subscriptions).toBe('^-------!');
    });
  });

  test.each([
    ['passes what is not failed, and does not end with it', '-q-r-C-|', '-q-r-C-|', '^------!'],
    ['passes an error', '-q-#', '-q-#', '^--!'],
  ])('%s', (_what, given, expected, subscribed) => {
    inMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(given, values);
      expectObservable(source.pipe(throwIfFailed())).toBe(expected, values);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
  });

  test('leaves the source when it is left', () => {
    inMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-q-r-F', values);
      expectObservable(source.pipe(throwIfFailed()), '^---!').toBe('-q-r-', values);
      expectSubscriptions(source.subscriptions).toBe('^---!');
    });
  });

  test.each(statuses)('%s is thrown where it is a failure', async (status) => {
    const snapshot = snapshotOf(status);
    const outcome = await firstValueFrom(of(snapshot).pipe(throwIfFailed())).catch((error: unknown) => error);
    if ((failureStatuses as readonly string[]).includes(status)) expect(outcome).toMatchObject({ code: 'TASK_FAILED' });
    else expect(outcome).toBe(snapshot);
  });
});

describe('taskFailed', () => {
  test('says how the task ended and why, and is no lost watch', () => {
    const snapshot = snapshotOf('cancelled', { error: { code: 'C', message: 'by user' } });
    const error = taskFailed(snapshot);
    expect(error.message).toBe('the task ended as cancelled: by user');
    expect({ ...error }).toEqual({ code: 'TASK_FAILED', retryable: false, task: aTask });
    expect(error.lastSnapshot).toBe(snapshot);
    expect(isLost(error)).toBe(false);
  });
});
