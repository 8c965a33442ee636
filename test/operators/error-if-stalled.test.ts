import { NEVER, Observable } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { errorIfStalled } from '../../src/operators/error-if-stalled.js';
import type { Snapshot } from '../../src/task/snapshot.js';
import { expectRefusal, noMs } from '../cadence/cadences.js';
import { Timers } from '../cadence/timers.js';
import { aTask, snapshotOf } from '../task/snapshots.js';
import { inMarbles, meaning, readDocMarble, single, withCode } from './doc-marble.js';

const values = Object.fromEntries(['q', 'r', 'C', 'F'].map((letter) => [letter, meaning(letter) as Snapshot]));
const stalled = withCode('STALLED');

describe('errorIfStalled', () => {
  test('does what its doc comment draws', () => {
    const doc = readDocMarble('error-if-stalled');
    expect(doc.code).toBe('STALLED');
    inMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Snapshot>(
        doc.sources[0]?.marbles as string,
        doc.sources[0]?.values as Record<string, Snapshot>,
      );
      const expected = single(doc.result, meaning);
      expectObservable(source.pipe(errorIfStalled({ afterMs: 5 }))).toBe(
        expected.marbles,
        expected.values,
        withCode(doc.code),
      );
      expectSubscriptions(source.subscriptions).toBe('^---------!');
    });
  });

  test.each([
    ['news in time renews its patience', '-q---r---C|', '-q---r---C|', '^---------!'],
    ['going back is news', '-q--r--q--r--|', '-q--r--q--r--|', '^------------!'],
    ['repeats pass, but are none', '-q-q-q-q-q', '-q-q-q#', '^-----!'],
    ['the first snapshot has to come in time too', '---------q', '-----#', '^----!'],
    ['an error passes', '-q-#', '-q-#', '^--!'],
    ['an early end passes', '--|', '--|', '^-!'],
  ])('%s', (_what, given, expected, subscribed) => {
    inMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(given, values);
      const error = given.includes('#') ? 'error' : stalled;
      expectObservable(source.pipe(errorIfStalled({ afterMs: 5 }))).toBe(expected, values, error);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
  });

  test('the error knows the task and its last snapshot, and that trying again may help', () => {
    const timers = new Timers();
    const errors: unknown[] = [];
    const last = snapshotOf('in_progress', { createdAt: 2 });
    const source = new Observable<Snapshot>((subscriber) => {
      subscriber.next(snapshotOf('in_progress', { createdAt: 1 }));
      subscriber.next(last);
    });
    source.pipe(errorIfStalled({ afterMs: 60_000, scheduler: timers })).subscribe({ error: (e) => errors.push(e) });
    timers.pass(59_999);
    expect(errors).toEqual([]);
    timers.pass(1);
    expect({ ...(errors[0] as object) }).toEqual({ code: 'STALLED', retryable: true, task: aTask });
    expect(errors[0]).toMatchObject({ message: 'nothing has changed for 60000 ms' });
    expect((errors[0] as { lastSnapshot: Snapshot }).lastSnapshot).toBe(last);
    expect(timers.pending).toBe(0);
  });

  test('leaves the source and its timer when it is left or ends, and asks the source once', () => {
    const timers = new Timers();
    const left = NEVER.pipe(errorIfStalled({ afterMs: 10, scheduler: timers })).subscribe();
    expect(timers.pending).toBe(1);
    left.unsubscribe();
    expect(timers.pending).toBe(0);
    inMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-q-r-C', values);
      expectObservable(source.pipe(errorIfStalled({ afterMs: 5 })), '^---!').toBe('-q-r-', values);
      expectSubscriptions(source.subscriptions).toBe(['^---!']);
    });
  });

  test('begins anew with each subscriber', () => {
    inMarbles(({ hot, expectObservable }) => {
      const patient = hot('-q-----------', values).pipe(errorIfStalled({ afterMs: 5 }));
      expectObservable(patient).toBe('-q----#', values, stalled);
      expectObservable(patient, '---^').toBe('--------#', values, stalled);
    });
    expect.assertions(2);
  });

  test.each(noMs)('refuses %o at the call', (afterMs, shown) => {
    expectRefusal(
      () => errorIfStalled({ afterMs: afterMs as number }),
      `errorIfStalled.afterMs: expected milliseconds: a finite number, 0 or more, received ${shown}`,
    );
  });
});
