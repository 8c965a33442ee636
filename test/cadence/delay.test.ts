import { describe, expect, test } from 'vitest';
import { checkMs, clampHint, hintLimits, isDelay } from '../../src/cadence/delay.js';
import { expectRefusal, noMs } from './cadences.js';

describe('isDelay', () => {
  test.each([[0], [-0], [0.5], [1], [2 ** 31], [1e300]])('%d can be waited for', (ms) => {
    expect(isDelay(ms)).toBe(true);
  });

  test.each<readonly [unknown, string]>([...noMs, [undefined, ''], [true, ''], [{ valueOf: () => 5 }, '']])(
    '%o cannot',
    (ms) => {
      expect(isDelay(ms)).toBe(false);
    },
  );
});

describe('clampHint', () => {
  test('its limits are a quarter of a second and ten minutes, for good', () => {
    expect(hintLimits).toEqual({ minMs: 250, maxMs: 600_000 });
    expect(Object.isFrozen(hintLimits)).toBe(true);
  });

  test.each([
    [0, 250],
    [249, 250],
    [250, 250],
    [250.5, 250.5],
    [5_000, 5_000],
    [600_000, 600_000],
    [600_001, 600_000],
    [1e12, 600_000],
    [Number.MAX_VALUE, 600_000],
  ])('%d ms are waited for as %d', (ms, expected) => {
    expect(clampHint(ms)).toBe(expected);
  });

  test.each<readonly [unknown, string]>([...noMs, [undefined, '']])('%o is no hint', (ms) => {
    expect(clampHint(ms)).toBeUndefined();
  });
});

describe('checkMs', () => {
  test.each([[0], [0.5], [5_000], [1e12]])('%d passes', (ms) => {
    expect(checkMs('deadlineMs', ms)).toBe(ms);
    expect(checkMs('deadlineMs', ms, { orInfinity: true })).toBe(ms);
  });

  test.each(noMs)('%o is refused, naming the option', (ms, shown) => {
    expectRefusal(
      () => checkMs('watch.deadlineMs', ms),
      `watch.deadlineMs: expected milliseconds: a finite number, 0 or more, received ${shown}`,
    );
  });

  test('Infinity passes where it means never, and nothing else that is no number', () => {
    expect(checkMs('deadlineMs', Number.POSITIVE_INFINITY, { orInfinity: true })).toBe(Number.POSITIVE_INFINITY);
    for (const ms of [Number.NEGATIVE_INFINITY, Number.NaN]) {
      expectRefusal(
        () => checkMs('deadlineMs', ms, { orInfinity: true }),
        `deadlineMs: expected milliseconds: a finite number, 0 or more, or Infinity, received ${ms}`,
      );
    }
  });
});
