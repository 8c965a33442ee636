import { Observable, throwError } from 'rxjs';
import { describe, expect, test, vi } from 'vitest';
import { RushesError } from '../../src/errors.js';
import { checkRetry, retryDefaults, retryTransient } from '../../src/operators/retry-transient.js';
import type { Snapshot } from '../../src/task/snapshot.js';
import { expectRefusal, noMs } from '../cadence/cadences.js';
import { Attempts, trouble } from './attempts.js';
import { inMarbles, meaning, readDocMarble, single } from './doc-marble.js';

const values = Object.fromEntries(['q', 'r', 'C', 'F'].map((letter) => [letter, meaning(letter) as Snapshot]));
const waitTwo = { initialMs: 2, random: () => 1 };

describe('retryTransient', () => {
  test('does what its doc comment draws', () => {
    const doc = readDocMarble('retry-transient');
    expect(doc.code).toBe('UNAVAILABLE');
    expect(doc.sources.map(({ atFrame }) => atFrame)).toEqual([0, 7]);
    inMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const sources = doc.sources.map(({ marbles, values }) => cold(marbles, values, trouble(doc.code)));
      const left = [...sources];
      const source = new Observable<unknown>((subscriber) => left.shift()?.subscribe(subscriber));
      const expected = single(doc.result, meaning);
      expectObservable(source.pipe(retryTransient(waitTwo))).toBe(expected.marbles, expected.values);
      expectSubscriptions(sources[0]?.subscriptions ?? []).toBe('^----!');
      expectSubscriptions(sources[1]?.subscriptions ?? []).toBe('-------^-----!');
    });
  });

  test('leaves the source, or the wait, when it is left', () => {
    inMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-q-#', values, trouble());
      expectObservable(source.pipe(retryTransient(waitTwo)), '^------!').toBe('-q----q', values);
      expectSubscriptions(source.subscriptions).toBe(['^--!', '-----^-!']);
      const waiting = cold('-#', values, trouble());
      expectObservable(waiting.pipe(retryTransient({ initialMs: 50, random: () => 1 })), '^--!').toBe('---');
      expectSubscriptions(waiting.subscriptions).toBe('^!');
    });
    const attempts = new Attempts([{ error: trouble() }]);
    attempts.timers.pass(1);
    expect(attempts.timers.pending).toBe(1);
    attempts.leave();
    expect([attempts.timers.pending, attempts.open]).toEqual([0, 0]);
  });

  test('passes values and the end as they come', () => {
    inMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-q-r-C|', values);
      expectObservable(source.pipe(retryTransient())).toBe('-q-r-C|', values);
      expectSubscriptions(source.subscriptions).toBe('^-----!');
    });
  });

  test.each<[string, unknown]>([
    ['an error that is not retryable', new RushesError('NOT_FOUND', 'no such task')],
    ['a rate limit that is not retryable', new RushesError('RATE_LIMITED', 'never', { retryAfterMs: 5 })],
    ['a foreign error', new TypeError('fetch failed')],
    [
      'a foreign error that claims to be retryable',
      Object.assign(new Error('x'), { retryable: true, code: 'UNAVAILABLE' }),
    ],
    ['no error at all', 'boom'],
  ])('%s passes at once', (_what, error) => {
    const attempts = new Attempts([{ takesMs: 5, error }]);
    attempts.timers.pass(1_000_000);
    expect(attempts.log).toEqual(['error@5']);
    expect(attempts.error).toBe(error);
    expect([attempts.retried, attempts.gaveUp]).toEqual([[], [error]]);
    expect(attempts.timers.pending).toBe(0);
  });

  test('is told nothing when it tells nobody', () => {
    const attempts = new Attempts([{ error: trouble() }, { error: new Error('end') }], {
      onRetry: undefined as never,
      onGiveUp: undefined as never,
    });
    attempts.timers.pass(10_000);
    expect(attempts.error).toEqual(new Error('end'));
  });

  test('an error of who is told becomes the error of the stream', () => {
    const attempts = new Attempts([{ error: trouble() }], {
      onRetry: () => {
        throw new Error('observer');
      },
    });
    attempts.timers.pass(10);
    expect([attempts.error, attempts.startsMs]).toEqual([new Error('observer'), [0]]);
  });

  test('tells of each wait before it, and of the error that it passes on', () => {
    const [first, second] = [trouble(), trouble('BAD_RESPONSE')];
    const last = new RushesError('UNAUTHORIZED', 'no');
    const attempts = new Attempts([{ error: first }, { error: second }, { error: last }]);
    attempts.timers.pass(0);
    expect([attempts.retried, attempts.waitsMs]).toEqual([[first], [1_000]]);
    attempts.timers.pass(10_000);
    expect([attempts.retried, attempts.waitsMs, attempts.gaveUp]).toEqual([[first, second], [1_000, 2_000], [last]]);
  });

  test('begins anew with each subscriber', () => {
    const waits: number[] = [];
    inMarbles(({ cold, expectObservable }) => {
      const patient = cold('#', values, trouble()).pipe(
        retryTransient({
          initialMs: 1,
          maxMs: 8,
          random: () => 1,
          giveUpAfterMs: 7,
          onRetry: (_, ms) => waits.push(ms),
        }),
      );
      expectObservable(patient).toBe('-------#', values, trouble());
      expectObservable(patient, '--^').toBe('---------#', values, trouble());
    });
    expect([...waits].sort()).toEqual([1, 1, 2, 2, 4, 4]);
  });

  test('takes time and chance from the runtime unless it is told otherwise', () => {
    const chance = vi.spyOn(Math, 'random').mockReturnValue(0.25);
    try {
      inMarbles(({ expectObservable }) => {
        const failing = throwError(() => trouble());
        const options = { giveUpAfterMs: 6, initialMs: 8 };
        expectObservable(failing.pipe(retryTransient(options))).toBe('------#', values, trouble());
      });
      expect(chance).toHaveBeenCalled();
    } finally {
      chance.mockRestore();
    }
  });
});

describe('checkRetry', () => {
  test('its defaults are ten minutes, one second and thirty', () => {
    expect(retryDefaults).toEqual({ giveUpAfterMs: 600_000, initialMs: 1_000, maxMs: 30_000 });
    expect(Object.isFrozen(retryDefaults)).toBe(true);
    expect(checkRetry()).toEqual(retryDefaults);
    expect(checkRetry({})).toEqual(retryDefaults);
    expect(checkRetry({ initialMs: 0, maxMs: 1 })).toEqual({ giveUpAfterMs: 600_000, initialMs: 0, maxMs: 1 });
    expect(checkRetry({ giveUpAfterMs: Number.POSITIVE_INFINITY }).giveUpAfterMs).toBe(Number.POSITIVE_INFINITY);
  });

  test.each(noMs)('refuses %o, at the call of the operator too', (ms, shown) => {
    const expected = `expected milliseconds: a finite number, 0 or more`;
    for (const option of ['initialMs', 'maxMs'] as const) {
      expectRefusal(() => checkRetry({ [option]: ms }), `retry.${option}: ${expected}, received ${shown}`);
      expectRefusal(() => retryTransient({ [option]: ms }), `retry.${option}: ${expected}, received ${shown}`);
    }
    if (ms === Number.POSITIVE_INFINITY) return;
    expectRefusal(
      () => checkRetry({ giveUpAfterMs: ms as number }),
      `retry.giveUpAfterMs: ${expected}, or Infinity, received ${shown}`,
    );
  });
});
