import { expect, test } from 'vitest';
import { readProgress } from '../../src/providers/read-progress.js';

test.each([
  [0, 0],
  [33, 33],
  [100, 100],
  [12.5, 12.5],
  ['50%', 50],
  ['100%', 100],
  ['50', 50],
  [' 7 % ', 7],
  ['12.5%', 12.5],
  [-3, 0],
  [-0, 0],
  [250, 100],
  ['250%', 100],
  ['-1%', 0],
  [null, undefined],
  [undefined, undefined],
  ['', undefined],
  ['%', undefined],
  ['half', undefined],
  ['1e9', undefined],
  ['٥٠%', undefined],
  [Number.NaN, undefined],
  [Number.POSITIVE_INFINITY, undefined],
  [true, undefined],
  [[50], undefined],
  [{}, undefined],
  ['9'.repeat(1_000_000), undefined],
])('progress %j is %s', (wire, percent) => {
  expect(readProgress(wire)).toBe(percent);
});
