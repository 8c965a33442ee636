import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Attempts, trouble } from './attempts.js';

const HOUR_MS = 3_600_000;
const failing = (takesMs = 0) => ({ takesMs, error: trouble() });

describe('the waits of retryTransient', () => {
  test('double, up to the longest', () => {
    const attempts = new Attempts([failing()], { initialMs: 100, maxMs: 1_000, giveUpAfterMs: HOUR_MS });
    attempts.timers.pass(4_499);
    expect(attempts.waitsMs).toEqual([100, 200, 400, 800, 1_000, 1_000, 1_000]);
    expect(attempts.startsMs).toEqual([0, 100, 300, 700, 1_500, 2_500, 3_500]);
  });

  test('are never longer than the longest, not even the first', () => {
    const attempts = new Attempts([failing()], { initialMs: 100, maxMs: 30 });
    attempts.timers.pass(50);
    expect(attempts.waitsMs).toEqual([30, 30]);
  });

  test('are spread over everything from 0 to their bound by chance', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 6, maxLength: 6 }),
        (chances) => {
          const left = [...chances];
          const options = { initialMs: 100, maxMs: 800, giveUpAfterMs: Number.POSITIVE_INFINITY };
          const attempts = new Attempts([failing()], { ...options, random: () => left.shift() ?? 0.5 });
          attempts.timers.pass(10_000, 12);
          const expected = [100, 200, 400, 800, 800, 800].map((boundMs, index) => boundMs * (chances[index] as number));
          expect(attempts.waitsMs.slice(0, 6)).toEqual(expected);
        },
      ),
    );
  });

  test('stay numbers after any number of troubles', () => {
    const options = { initialMs: 1, maxMs: 4, giveUpAfterMs: Number.POSITIVE_INFINITY };
    const attempts = new Attempts([failing()], options);
    attempts.timers.pass(8_000);
    expect(attempts.waitsMs.length).toBeGreaterThan(1_100);
    expect(new Set(attempts.waitsMs.slice(2))).toEqual(new Set([4]));
  });

  test('begin anew after something good', () => {
    const good = { says: 'good', error: trouble() };
    const attempts = new Attempts([failing(), failing(), good, failing()], { initialMs: 100 });
    attempts.timers.pass(900);
    expect(attempts.waitsMs).toEqual([100, 200, 100, 200, 400]);
    expect(attempts.log).toEqual(['good@300']);
  });
});

describe('the patience of retryTransient', () => {
  test('ends when nothing good has come for giveUpAfterMs, after a last attempt at that very time', () => {
    const attempts = new Attempts([failing()], { initialMs: 100, giveUpAfterMs: 1_000 });
    attempts.timers.pass(HOUR_MS);
    expect(attempts.waitsMs).toEqual([100, 200, 400, 300]);
    expect(attempts.startsMs).toEqual([0, 100, 300, 700, 1_000]);
    expect(attempts.log).toEqual(['error@1000']);
    expect(attempts.gaveUp).toEqual([attempts.error]);
    expect(attempts.timers.pending).toBe(0);
  });

  test('is used up by attempts too', () => {
    const attempts = new Attempts([failing(250)], { initialMs: 100, giveUpAfterMs: 1_000 });
    attempts.timers.pass(HOUR_MS);
    expect(attempts.waitsMs).toEqual([100, 200]);
    expect(attempts.log).toEqual(['error@1050']);
  });

  test('is whole again after something good', () => {
    const attempts = new Attempts([{ takesMs: 900, says: 'good', error: trouble() }, failing()], {
      initialMs: 100,
      giveUpAfterMs: 1_000,
    });
    attempts.timers.pass(HOUR_MS);
    expect(attempts.log).toEqual(['good@900', 'error@1900']);
  });

  test('is the last trouble when it ends', () => {
    const last = trouble('BAD_RESPONSE');
    const attempts = new Attempts([failing(), { error: last }], { initialMs: 100, giveUpAfterMs: 100 });
    attempts.timers.pass(HOUR_MS);
    expect(attempts.error).toBe(last);
    expect(attempts.gaveUp).toEqual([last]);
  });

  test('of 0 ends with the first trouble, of Infinity never', () => {
    const none = new Attempts([failing()], { giveUpAfterMs: 0 });
    none.timers.pass(0);
    expect([none.log, none.startsMs, none.waitsMs]).toEqual([['error@0'], [0], []]);
    const endless = new Attempts([failing()], { giveUpAfterMs: Number.POSITIVE_INFINITY });
    endless.timers.pass(30 * 24 * HOUR_MS, 1_000_000);
    expect(endless.log).toEqual([]);
    expect(endless.startsMs.length).toBeGreaterThan(86_000);
  });

  test.each([
    ['a rate limit without a hint', trouble('RATE_LIMITED'), 0],
    ['a rate limit with a hint', trouble('RATE_LIMITED', 7_000), 7_000],
    ['a pause that the server asked for', trouble('UNAVAILABLE', 7_000), 7_000],
    ['a pause of 0', trouble('UNAVAILABLE', 0), 0],
  ])('is not used up by %s, which is waited out at least', (_what, told, hintMs) => {
    const waited = [told, told, told, told].map((error) => ({ error }));
    const attempts = new Attempts([...waited, failing()], { initialMs: 100, maxMs: 400, giveUpAfterMs: 1_000 });
    attempts.timers.pass(HOUR_MS);
    expect(attempts.waitsMs).toEqual([100 + hintMs, 200 + hintMs, 400 + hintMs, 400 + hintMs, 400, 400, 200]);
    expect(attempts.log).toEqual([`error@${1_100 + 4 * hintMs + 1_000}`]);
  });

  test('is not used up by an attempt that was told to wait, however long it took', () => {
    const told = { takesMs: 600, error: trouble('RATE_LIMITED', 5_000) };
    const attempts = new Attempts([told, failing(400)], { initialMs: 0, giveUpAfterMs: 1_000 });
    attempts.timers.pass(HOUR_MS);
    expect(attempts.log).toEqual(['error@6800']);
  });

  test('ends with the rate limit when that is the last trouble', () => {
    const attempts = new Attempts([failing(), { error: trouble('RATE_LIMITED', 5_000) }], {
      initialMs: 1_000,
      giveUpAfterMs: 1_000,
    });
    attempts.timers.pass(HOUR_MS);
    expect(attempts.log).toEqual(['error@1000']);
  });

  test('does not end while the server asks to wait, even if it is used up', () => {
    const told = { takesMs: 2_000, error: trouble('RATE_LIMITED', 250) };
    const attempts = new Attempts([told, told, { ends: true }], { initialMs: 0, giveUpAfterMs: 1_000 });
    attempts.timers.pass(HOUR_MS);
    expect(attempts.log).toEqual(['end@4500']);
  });

  test('is not used up by a clock that jumps two hours during an attempt', () => {
    const slept = { ...failing(), jumpMs: 2 * HOUR_MS };
    const attempts = new Attempts([slept, failing()], { initialMs: 1_000, maxMs: 1_000, giveUpAfterMs: 60_000 });
    attempts.timers.pass(HOUR_MS);
    // Thirty seconds are the most that the step can have taken.
    expect(attempts.log).toEqual([`error@${2 * HOUR_MS + 30_000}`]);
    expect(attempts.waitsMs).toHaveLength(30);
  });

  test('is not used up by a clock that jumps two hours during a wait', () => {
    const attempts = new Attempts([failing()], { initialMs: 10_000, maxMs: 10_000, giveUpAfterMs: 60_000 });
    attempts.timers.pass(5_000);
    attempts.timers.clockMs += 2 * HOUR_MS;
    attempts.timers.pass(HOUR_MS);
    expect(attempts.waitsMs).toEqual([10_000, 10_000, 10_000]);
    expect(attempts.log).toEqual([`error@${2 * HOUR_MS + 30_000}`]);
  });

  test('is not given back by a clock that is set back', () => {
    const attempts = new Attempts([{ ...failing(), jumpMs: -2 * HOUR_MS }, failing()], {
      initialMs: 100,
      giveUpAfterMs: 1_000,
    });
    attempts.timers.pass(HOUR_MS);
    expect(attempts.waitsMs).toEqual([100, 200, 400, 300]);
  });
});
