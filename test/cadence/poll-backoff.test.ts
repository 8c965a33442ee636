import { describe, expect, test } from 'vitest';
import { pollBackoff, pollBackoffDefaults } from '../../src/cadence/poll-backoff.js';
import { expectRefusal, noMs, seen } from './cadences.js';

const waits = (cadence: ReturnType<typeof pollBackoff>, polls: readonly number[]) =>
  polls.map((count) => cadence(seen({ polls: count })));

describe('pollBackoff', () => {
  test('begins with 2 s and grows by half, up to 30 s, unless it is told otherwise', () => {
    expect(pollBackoffDefaults).toEqual({ initialMs: 2_000, maxMs: 30_000, factor: 1.5 });
    expect(Object.isFrozen(pollBackoffDefaults)).toBe(true);
    const expected = [2_000, 3_000, 4_500, 6_750, 22_781.25, 30_000, 30_000];
    expect(waits(pollBackoff(), [1, 2, 3, 4, 7, 8, 9])).toEqual(expected);
    expect(waits(pollBackoff({}), [1, 2, 3, 4, 7, 8, 9])).toEqual(expected);
  });

  test('each option counts by itself', () => {
    expect(waits(pollBackoff({ initialMs: 100 }), [1, 2])).toEqual([100, 150]);
    expect(waits(pollBackoff({ maxMs: 2_500 }), [1, 2])).toEqual([2_000, 2_500]);
    expect(waits(pollBackoff({ factor: 3 }), [1, 2])).toEqual([2_000, 6_000]);
    expect(waits(pollBackoff({ factor: 1 }), [1, 2, 1_000])).toEqual([2_000, 2_000, 2_000]);
    expect(waits(pollBackoff({ initialMs: 50, maxMs: 10 }), [1, 2])).toEqual([10, 10]);
  });

  test('looks at the number of polls alone', () => {
    const cadence = pollBackoff({ initialMs: 10, factor: 2 });
    expect(cadence(seen({ polls: 3, elapsedMs: 1e9, sinceChangeMs: 1e9 }))).toBe(40);
    expect(cadence(seen({ polls: 3 }))).toBe(40);
  });

  test('stays a number after any number of polls', () => {
    expect(waits(pollBackoff({ factor: 1e300 }), [2, 3, 1e9])).toEqual([30_000, 30_000, 30_000]);
    expect(waits(pollBackoff({ initialMs: 0, factor: 10 }), [1, 400, 1e9])).toEqual([0, 0, 0]);
  });

  test.each(noMs)('refuses %o', (ms, shown) => {
    const expected = `expected milliseconds: a finite number, 0 or more, received ${shown}`;
    expectRefusal(() => pollBackoff({ initialMs: ms as number }), `pollBackoff.initialMs: ${expected}`);
    expectRefusal(() => pollBackoff({ maxMs: ms as number }), `pollBackoff.maxMs: ${expected}`);
  });

  test.each<readonly [unknown, string]>([...noMs, [0.999, '0.999'], [0, '0'], ['2', '"2"']])(
    'refuses %o as a factor',
    (factor, shown) => {
      expectRefusal(
        () => pollBackoff({ factor: factor as number }),
        `pollBackoff.factor: expected a finite number, 1 or more, received ${shown}`,
      );
    },
  );
});
