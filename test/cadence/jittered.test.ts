import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { jittered, jitteredDefaults } from '../../src/cadence/jittered.js';
import { pollEvery } from '../../src/cadence/poll-every.js';
import { expectRefusal, noMs, seen } from './cadences.js';

const justBelow1 = 1 - Number.EPSILON / 2;

describe('jittered', () => {
  test.each([
    [0, 0.5, 5_000],
    [0.5, 0.5, 10_000],
    [0.75, 0.5, 12_500],
    [0, 1, 0],
    [0.25, 1, 5_000],
    [0, 0, 10_000],
    [0.9, 0, 10_000],
  ])('chance %d and ratio %d make %d of 10,000', (chance, ratio, expected) => {
    expect(jittered(pollEvery(10_000), { ratio, random: () => chance })(seen())).toBe(expected);
  });

  test('moves a wait by a fifth unless it is told otherwise', () => {
    expect(jitteredDefaults).toEqual({ ratio: 0.2 });
    expect(Object.isFrozen(jitteredDefaults)).toBe(true);
    expect(jittered(pollEvery(10_000), { random: () => 0 })(seen())).toBe(8_000);
    expect(jittered(pollEvery(10_000), { random: () => justBelow1 })(seen())).toBeCloseTo(12_000, 6);
  });

  test('takes chance from Math.random unless it is told otherwise', () => {
    const chance = vi.spyOn(Math, 'random').mockReturnValue(0);
    try {
      expect(jittered(pollEvery(1_000))(seen())).toBe(800);
      expect(chance).toHaveBeenCalledTimes(1);
    } finally {
      chance.mockRestore();
    }
  });

  test('draws anew for each wait, and shows the cadence all that was seen', () => {
    const draws = [0, 0.5, 0.75];
    const cadence = jittered(({ polls }) => polls * 100, { ratio: 1, random: () => draws.shift() ?? 0 });
    expect([cadence(seen({ polls: 1 })), cadence(seen({ polls: 2 })), cadence(seen({ polls: 3 }))]).toEqual([
      0, 200, 450,
    ]);
  });

  test('stays within its ratio of what the cadence says', () => {
    const aShare = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 600_000 }), aShare, aShare, (ms, ratio, chance) => {
        const waitMs = jittered(pollEvery(ms), { ratio, random: () => chance })(seen());
        expect(waitMs).toBeGreaterThanOrEqual(ms * (1 - ratio) - 1e-6);
        expect(waitMs).toBeLessThanOrEqual(ms * (1 + ratio) + 1e-6);
      }),
    );
  });

  test.each<readonly [unknown, string]>([...noMs, [1.001, '1.001'], ['0.5', '"0.5"']])(
    'refuses a ratio of %o',
    (ratio, shown) => {
      expectRefusal(
        () => jittered(pollEvery(1), { ratio: ratio as number }),
        `jittered.ratio: expected a number within 0-1, received ${shown}`,
      );
    },
  );
});
