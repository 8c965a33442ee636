import { describe, expect, it } from 'vitest';
import { between, createRandom, letters, oneOf } from '../../src/testing/random.js';

describe('createRandom', () => {
  it('repeats itself for the same seed and differs for another', () => {
    const draw = (seed: number | string) => Array.from({ length: 5 }, createRandom(seed));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw('task_1')).not.toEqual(draw('task_2'));
  });

  it('spreads evenly over [0, 1)', () => {
    const random = createRandom('spread');
    const draws = Array.from({ length: 10_000 }, () => Math.floor(random() * 10));
    const counts = Array.from({ length: 10 }, (_, digit) => draws.filter((draw) => draw === digit).length);
    for (const count of counts) expect(count).toBeGreaterThan(850);
  });

  it('deals numbers, choices and letters', () => {
    const random = createRandom(1);
    expect(between(random, 5, 6)).toBeGreaterThanOrEqual(5);
    expect(['a', 'b']).toContain(oneOf(random, ['a', 'b']));
    expect(letters(random, 8)).toMatch(/^[0-9a-f]{8}$/);
  });
});
