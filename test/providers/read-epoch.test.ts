import { expect, test } from 'vitest';
import { readEpoch } from '../../src/providers/read-epoch.js';

test.each([
  [1_777_385_418, 1_777_385_418_000],
  [1_764_347_090_922, 1_764_347_090_922],
  ['1783780000', 1_783_780_000_000],
  ['1764347090922', 1_764_347_090_922],
  [1_783_780_000.5, 1_783_780_000_500],
  [Date.UTC(2000, 0) / 1_000, Date.UTC(2000, 0)],
  [Date.UTC(2100, 11, 31) / 1_000, Date.UTC(2100, 11, 31)],
  [Date.UTC(1999, 11, 31) / 1_000, undefined],
  [Date.UTC(2101, 0) / 1_000, undefined],
  [Date.UTC(2101, 0), undefined],
  [0, undefined],
  [-1_777_385_418, undefined],
  [1e300, undefined],
  [-1e300, undefined],
  [1e15, undefined],
  ['1e999', undefined],
  ['', undefined],
  ['2026-07-11', undefined],
  [null, undefined],
  [Number.NaN, undefined],
  [Number.POSITIVE_INFINITY, undefined],
  [{}, undefined],
  [[1_777_385_418], undefined],
])('time %j is %s', (wire, ms) => {
  expect(readEpoch(wire)).toBe(ms);
});
