import { expect, test } from 'vitest';
import { readSeconds } from '../../src/providers/read-seconds.js';

test.each([
  ['5', 5],
  [5, 5],
  ['7.5', 7.5],
  ['', undefined],
  [0, undefined],
  [-1, undefined],
  [null, undefined],
  ['five', undefined],
  [Number.POSITIVE_INFINITY, undefined],
  [{}, undefined],
])('seconds %j is %s', (wire, seconds) => {
  expect(readSeconds(wire)).toBe(seconds);
});
