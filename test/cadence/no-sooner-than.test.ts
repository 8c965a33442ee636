import { describe, expect, test } from 'vitest';
import { noSoonerThan } from '../../src/cadence/no-sooner-than.js';
import { expectRefusal, noMs, seen } from './cadences.js';

describe('noSoonerThan', () => {
  test.each([
    [0, 5_000],
    [4_999, 5_000],
    [5_000, 5_000],
    [5_001, 5_001],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    [Number.NaN, Number.NaN],
  ])('where the cadence says %d, it says %d', (says, expected) => {
    expect(noSoonerThan(5_000, () => says)(seen())).toBe(expected);
  });

  test('shows the cadence all that was seen', () => {
    expect(noSoonerThan(0, ({ polls, elapsedMs }) => polls * elapsedMs)(seen({ polls: 6, elapsedMs: 7 }))).toBe(42);
  });

  test.each(noMs)('refuses %o', (ms, shown) => {
    expectRefusal(
      () => noSoonerThan(ms as number, () => 1),
      `noSoonerThan(minMs): expected milliseconds: a finite number, 0 or more, received ${shown}`,
    );
  });
});
