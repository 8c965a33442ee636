import { describe, expect, test } from 'vitest';
import { pollEvery } from '../../src/cadence/poll-every.js';
import { expectRefusal, noMs, seen } from './cadences.js';

describe('pollEvery', () => {
  test.each([[0], [1.5], [5_000], [1e12]])('asks again %d ms after each answer, whatever was seen', (ms) => {
    const cadence = pollEvery(ms);
    const looks = [seen(), seen({ polls: 1_000 }), seen({ elapsedMs: 1e9, sinceChangeMs: 1e9 }), seen()];
    expect(looks.map(cadence)).toEqual([ms, ms, ms, ms]);
  });

  test.each(noMs)('refuses %o', (ms, shown) => {
    expectRefusal(
      () => pollEvery(ms as number),
      `pollEvery(intervalMs): expected milliseconds: a finite number, 0 or more, received ${shown}`,
    );
  });
});
