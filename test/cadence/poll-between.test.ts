import { describe, expect, test } from 'vitest';
import { pollBetween } from '../../src/cadence/poll-between.js';
import { expectRefusal, noMs, seen } from './cadences.js';

describe('pollBetween', () => {
  test.each([
    [0, 5_000],
    [19_999, 5_000],
    [20_000, 5_000],
    [20_004, 5_001],
    [32_000, 8_000],
    [39_996, 9_999],
    [40_000, 10_000],
    [40_004, 10_000],
    [1e12, 10_000],
  ])('%d ms after the last change it waits %d', (sinceChangeMs, expected) => {
    const cadence = pollBetween(5_000, 10_000);
    expect(cadence(seen({ sinceChangeMs }))).toBe(expected);
    expect(cadence(seen({ sinceChangeMs, polls: 99, elapsedMs: 1e9 }))).toBe(expected);
  });

  test('its bounds may be the same, and 0', () => {
    expect(pollBetween(7, 7)(seen({ sinceChangeMs: 1e6 }))).toBe(7);
    expect(pollBetween(0, 0)(seen({ sinceChangeMs: 1e6 }))).toBe(0);
    expect(pollBetween(0, 9)(seen())).toBe(0);
  });

  test.each(noMs)('refuses %o as a bound', (ms, shown) => {
    const expected = `expected milliseconds: a finite number, 0 or more, received ${shown}`;
    expectRefusal(() => pollBetween(ms as number, 10), `pollBetween(minMs): ${expected}`);
    expectRefusal(() => pollBetween(0, ms as number), `pollBetween(maxMs): ${expected}`);
  });

  test('refuses bounds that are the wrong way round', () => {
    expectRefusal(() => pollBetween(10, 9), 'pollBetween(maxMs): expected at least minMs (10), received 9');
  });
});
