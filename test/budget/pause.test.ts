import { beforeEach, describe, expect, test } from 'vitest';
import { type BudgetOptions, createBudget } from '../../src/budget/budget.js';
import type { Lane } from '../../src/budget/lane.js';
import { Timers } from '../cadence/timers.js';
import { Requests } from './requests.js';

let timers: Timers;
let requests: Requests;

beforeEach(() => {
  timers = new Timers();
  requests = new Requests(timers);
});

function lanes(options: BudgetOptions = {}) {
  const budget = createBudget({ ...options, scheduler: timers });
  return { a: budget.lane('https://h', 'one'), b: budget.lane('https://h', 'two') };
}
const crowd = (lane: Lane, size: number) => {
  for (let n = 1; n <= size; n++) requests.send(lane, `${n}`, 0);
};
const startsMs = () => requests.starts.map((start) => Number(start.split('@')[1]));

describe('a pause', () => {
  test('lets nothing start in its lane until it ends, while other lanes go on', () => {
    const { a, b } = lanes();
    requests.send(a, 'under way', 500);
    a.pause(1_000);
    requests.send(a, 'paused', 1);
    requests.send(b, 'free', 1);
    timers.pass(999);
    expect(requests.log).toEqual(['+under way@0', '+free@0', '-free@1', '-under way@500']);
    timers.pass(1);
    expect(requests.starts.at(-1)).toBe('paused@1000');
    timers.pass(1);
    expect(timers.pending).toBe(0);
  });

  test('is over for who comes after it', () => {
    const { a } = lanes();
    a.pause(1_000);
    expect(timers.pending).toBe(0);
    timers.pass(1_000);
    crowd(a, 3);
    expect(requests.starts).toEqual(['1@1000', '2@1000', '3@1000']);
  });

  test('is over for who comes after it also where there is no room yet', () => {
    const { a, b } = lanes({ concurrency: 1 });
    a.pause(1_000);
    requests.send(b, 'in the way', 3_000);
    timers.pass(2_000);
    crowd(a, 3);
    timers.pass(1_000);
    expect(requests.starts.slice(1)).toEqual(['1@3000', '2@3000', '3@3000']);
  });

  test('still spreads the crowd that waited it out when others join before there is room', () => {
    const { a, b } = lanes({ concurrency: 1 });
    a.pause(900);
    requests.send(b, 'in the way', 2_000);
    crowd(a, 3);
    timers.pass(1_500);
    requests.send(a, 'newcomer', 0);
    timers.pass(10_000);
    expect(requests.starts.slice(1)).toEqual(['1@2000', '2@2200', '3@2500', 'newcomer@2800']);
  });

  test('ends in each lane at its own time', () => {
    const { a, b } = lanes();
    a.pause(1_000);
    b.pause(3_000);
    requests.send(b, 'b', 0);
    requests.send(a, 'a', 0);
    timers.pass(10_000);
    expect(requests.starts).toEqual(['a@1000', 'b@3000']);
  });

  test('a shorter one within it does not hasten the crowd', () => {
    const { a } = lanes();
    a.pause(1_000);
    crowd(a, 3);
    timers.pass(500);
    a.pause(100);
    a.pause(500);
    timers.pass(10_000);
    expect(requests.starts).toEqual(['1@1000', '2@1500', '3@2000']);
  });

  test('lets go of a crowd evenly over as long again', () => {
    const { a } = lanes();
    a.pause(1_000);
    crowd(a, 5);
    timers.pass(10_000);
    expect(requests.starts).toEqual(['1@1000', '2@1250', '3@1500', '4@1750', '5@2000']);
    crowd(a, 2);
    expect(startsMs().slice(5)).toEqual([10_000, 10_000]);
    timers.pass(0);
    expect(timers.pending).toBe(0);
  });

  test('lets go of a crowd over ten seconds at most', () => {
    const { a } = lanes();
    a.pause(600_000);
    crowd(a, 11);
    timers.pass(700_000);
    expect(startsMs()).toEqual(Array.from({ length: 11 }, (_, n) => 600_000 + n * 1_000));
  });

  test.each([
    [250, 1_001],
    [1_000, 301],
    [10_000, 20_001],
  ])('of %d ms lets go of %d in time, though their gaps are shorter than a timer', (ms, size) => {
    const { a } = lanes({ concurrency: Number.POSITIVE_INFINITY });
    a.pause(ms);
    crowd(a, size);
    timers.pass(3 * ms, 100_000);
    expect([Math.min(...startsMs()), startsMs().length]).toEqual([ms, size]);
    expect(Math.max(...startsMs())).toBeGreaterThanOrEqual(2 * ms - 1);
    expect(Math.max(...startsMs())).toBeLessThanOrEqual(2 * ms + 1);
    const inOneMs = Math.ceil(size / ms) + 1;
    const busiest = startsMs().reduce((counts, at) => counts.set(at, (counts.get(at) ?? 0) + 1), new Map());
    expect(Math.max(...busiest.values())).toBeLessThanOrEqual(inOneMs);
  });

  test('a crowd that was slept through is not let go all at once', () => {
    const { a } = lanes({ concurrency: Number.POSITIVE_INFINITY });
    a.pause(1_000);
    crowd(a, 101);
    timers.pass(1_000);
    timers.clockMs += 900;
    timers.pass(10);
    expect(requests.starts).toHaveLength(1 + 11);
    timers.pass(1_000);
    expect(requests.starts).toHaveLength(101);
  });

  test('who comes while a crowd is let go queues up behind it', () => {
    const { a } = lanes();
    a.pause(1_000);
    crowd(a, 3);
    timers.pass(1_100);
    requests.send(a, 'newcomer', 0);
    timers.pass(5_000);
    expect(requests.starts).toEqual(['1@1000', '2@1500', '3@2000', 'newcomer@2500']);
  });

  test('a shorter one within it changes nothing, a longer one counts, its spread from now on', () => {
    const { a } = lanes();
    a.pause(1_000);
    crowd(a, 3);
    timers.pass(200);
    a.pause(800);
    a.pause(100);
    timers.pass(300);
    a.pause(2_000);
    timers.pass(10_000);
    expect(requests.starts).toEqual(['1@2500', '2@3500', '3@4500']);
  });

  test('another one while a crowd is let go stops it anew', () => {
    const { a } = lanes();
    a.pause(1_000);
    crowd(a, 5);
    timers.pass(1_300);
    a.pause(400);
    timers.pass(10_000);
    expect(requests.starts).toEqual(['1@1000', '2@1250', '3@1700', '4@1900', '5@2100']);
  });

  test.each([[Number.NaN], [Number.POSITIVE_INFINITY], [-1_000], ['1000' as unknown as number]])(
    'of %o is none',
    (ms) => {
      const { a } = lanes();
      a.pause(ms);
      crowd(a, 2);
      timers.pass(1_000_000);
      expect(requests.starts).toEqual(['1@0', '2@0']);
    },
  );

  test('of 0 ms lets all start at once', () => {
    const { a } = lanes();
    a.pause(0);
    crowd(a, 2);
    expect(requests.starts).toEqual(['1@0', '2@0']);
  });

  test('leaves no timer when who waited it out has left', () => {
    const { a } = lanes();
    a.pause(1_000);
    const leaver = requests.send(a, '1', 0);
    expect(timers.pending).toBe(1);
    leaver.unsubscribe();
    expect(timers.pending).toBe(0);
  });
});
