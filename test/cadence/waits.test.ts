import { map, merge, take, timer } from 'rxjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { Waits } from '../../src/cadence/waits.js';
import { Timers } from './timers.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const DAY_MS = 86_400_000;

let timers: Timers;
let waits: Waits;
let seen: string[];
const startMs = new Timers().now();
const log = (name: string) => () => void seen.push(`${name}@${timers.now() - startMs}`);

beforeEach(() => {
  timers = new Timers();
  waits = new Waits(timers);
  seen = [];
});

describe('Waits', () => {
  test('shows the time of the scheduler that it stands on', () => {
    timers.pass(7);
    expect([waits.now(), waits.wakeable.now()]).toEqual([startMs + 7, startMs + 7]);
  });

  test('any number of waits costs one timer, and none is left after the last', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => waits.schedule(log('over'), 1_000 - (index % 500)));
    expect(timers.pending).toBe(1);
    timers.pass(600);
    expect([seen.length, timers.pending]).toEqual([200, 1]);
    for (const wait of many) wait.unsubscribe();
    expect(timers.pending).toBe(0);
    timers.pass(1_000);
    expect(seen).toHaveLength(200);
  });

  test('a wait that is not the first sets no other timer, a sooner one replaces it', () => {
    waits.schedule(log('a'), 100);
    waits.schedule(log('b'), 100);
    waits.schedule(log('c'), 200);
    expect(timers.delays).toEqual([100]);
    waits.schedule(log('d'), 50);
    expect([timers.delays, timers.pending]).toEqual([[100, 50], 1]);
    timers.pass(200);
    expect(seen).toEqual(['d@50', 'a@100', 'b@100', 'c@200']);
    expect([timers.delays, timers.pending]).toEqual([[100, 50, 50, 100], 0]);
  });

  test('waits end in order of time, first come first served, each once, with what they were given', () => {
    const states: unknown[] = [];
    waits.schedule(log('late'), 30);
    waits.schedule((state) => states.push(state), 10, 'first');
    waits.wakeable.schedule((state) => states.push(state), 10, 'second');
    waits.schedule((state) => states.push(state), 10);
    waits.schedule(log('now'));
    waits.wakeable.schedule(log('woken now'));
    waits.schedule(log('overdue'), -5);
    timers.pass(0);
    expect(seen).toEqual(['overdue@0', 'now@0', 'woken now@0']);
    timers.pass(100);
    expect(states).toEqual(['first', 'second', undefined]);
    expect(seen.slice(3)).toEqual(['late@30']);
  });

  test('the removal of the first leaves the others as they are', () => {
    const first = waits.schedule(log('first'), 10);
    waits.schedule(log('second'), 20);
    first.unsubscribe();
    timers.pass(30);
    expect(seen).toEqual(['second@20']);
  });

  test('a wait may be asked for again from within, and replaces itself from without', () => {
    waits.schedule<number>(
      function again(left = 0) {
        log(`tick ${left}`)();
        if (left > 0) this.schedule(left - 1, 10);
      },
      10,
      2,
    );
    const moved = waits.schedule(log('moved'), 5) as unknown as ReturnType<typeof waits.schedule> & {
      schedule(state: undefined, delayMs: number): void;
    };
    moved.schedule(undefined, 25);
    timers.pass(100);
    expect(seen).toEqual(['tick 2@10', 'tick 1@20', 'moved@25', 'tick 0@30']);
    moved.unsubscribe();
    moved.schedule(undefined, 1);
    timers.pass(10);
    expect(seen).toHaveLength(4);
  });

  test('drives timer, also with an interval', () => {
    merge(timer(5, 10, waits).pipe(take(3)), timer(8, waits).pipe(map(() => 'once'))).subscribe((n) => log(`${n}`)());
    expect(timers.pending).toBe(1);
    timers.pass(100);
    expect(seen).toEqual(['0@5', 'once@8', '1@15', '2@25']);
    expect(timers.pending).toBe(0);
  });

  test('is right beyond what a timer can hold', () => {
    waits.schedule(log('far'), 2 * LONGEST_TIMER_MS + 5);
    waits.schedule(log('month'), 30 * DAY_MS);
    timers.pass(2 * LONGEST_TIMER_MS + 5);
    expect(seen).toEqual([`month@${30 * DAY_MS}`, `far@${2 * LONGEST_TIMER_MS + 5}`]);
    expect(Math.max(...timers.delays)).toBe(LONGEST_TIMER_MS);
    expect(timers.pending).toBe(0);
  });

  test('Infinity is never, and sets no timer', () => {
    const never = waits.schedule(log('never'), Number.POSITIVE_INFINITY);
    expect(timers.pending).toBe(0);
    waits.schedule(log('soon'), 1);
    timers.pass(1e12);
    expect([seen, timers.pending]).toEqual([['soon@1'], 0]);
    never.unsubscribe();
  });

  test('a wait of 0 that is asked for again for ever lets go after each turn, and keeps no one else waiting', () => {
    let turns = 0;
    const greedy = waits.schedule(function again() {
      turns++;
      this.schedule(undefined, 0);
    });
    waits.schedule(log('other'), 3);
    timers.pass(0, 50);
    expect([turns, timers.pending]).toEqual([50, 1]);
    timers.pass(3, 50);
    timers.pass(0, 1);
    expect(seen).toEqual(['other@3']);
    greedy.unsubscribe();
    expect(timers.pending).toBe(0);
  });

  test('who comes in during a turn waits for the next, after all who were due in this one', () => {
    waits.schedule(() => {
      log('a')();
      waits.schedule(log('newcomer'));
    }, 10);
    waits.schedule(log('b'), 10);
    timers.pass(10, 1);
    expect(seen).toEqual(['a@10', 'b@10']);
    timers.pass(0);
    expect(seen).toEqual(['a@10', 'b@10', 'newcomer@10']);
  });

  test('a wait removed by one that ends with it does not end', () => {
    const other = { wait: waits.schedule(() => undefined, 99) };
    waits.schedule(() => other.wait.unsubscribe(), 10);
    other.wait = waits.schedule(log('other'), 10);
    timers.pass(20);
    expect(seen).toEqual([]);
  });

  test('an error of one is passed on, and takes no other with it', () => {
    waits.schedule(() => {
      throw new Error('broken');
    }, 10);
    waits.schedule(log('next'), 10);
    waits.schedule(log('later'), 20);
    expect(() => timers.pass(10)).toThrow('broken');
    timers.pass(10);
    expect(seen).toEqual(['next@10', 'later@20']);
  });
});
