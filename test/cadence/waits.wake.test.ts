import { beforeEach, describe, expect, test } from 'vitest';
import { type Waiting, Waits } from '../../src/cadence/waits.js';
import { Timers } from './timers.js';

let timers: Timers;
let waits: Waits;
let seen: string[];
const startMs = new Timers().now();
const log = (name: string) => () => void seen.push(`${name}@${timers.now() - startMs}`);

/** A wait that says itself when it may be woken. */
const waiting = (name: string, dueMs: number, wokenAtMs?: (nowMs: number) => number | undefined): Waiting => ({
  dueMs: startMs + dueMs,
  order: 0,
  place: -1,
  run: log(name),
  ...(wokenAtMs && { wokenAtMs }),
});

beforeEach(() => {
  timers = new Timers();
  waits = new Waits(timers);
  seen = [];
});

describe('a wake', () => {
  test('ends the wakeable waits at once, in the order in which they came, and no others', () => {
    waits.schedule(log('deaf'), 10);
    waits.wakeable.schedule(log('second'), 100);
    waits.wakeable.schedule(log('first'), 50);
    waits.wakeable.schedule(log('third'), 100);
    timers.pass(1);
    waits.wake();
    expect(seen).toEqual([]);
    timers.pass(0);
    expect(seen).toEqual(['second@1', 'first@1', 'third@1']);
    timers.pass(1_000);
    expect(seen.slice(3)).toEqual(['deaf@10']);
    expect(timers.pending).toBe(0);
  });

  test('is counted, also when nobody waits, and sets no timer then', () => {
    expect(waits.wakes).toBe(0);
    waits.wake();
    waits.wake();
    expect([waits.wakes, timers.pending, timers.delays]).toEqual([2, 0, []]);
  });

  test('leaves a timer alone when nobody lets himself be woken', () => {
    waits.schedule(log('deaf'), 10);
    waits.wake();
    expect(timers.delays).toEqual([10]);
  });

  test('asks each wait when it may end, and never moves one to later', () => {
    const asked: number[] = [];
    const at = (ms: number | undefined) => (nowMs: number) => {
      asked.push(nowMs - startMs);
      return ms === undefined ? undefined : startMs + ms;
    };
    waits.add(waiting('to 20', 50, at(20)));
    waits.add(waiting('stays 30', 30, at(30)));
    waits.add(waiting('not to 90', 40, at(90)));
    waits.add(waiting('refuses', 60, at(undefined)));
    waits.add(waiting('is never asked', 70));
    timers.pass(5);
    waits.wake();
    expect(asked).toEqual([5, 5, 5, 5]);
    timers.pass(100);
    expect(seen).toEqual(['to 20@20', 'stays 30@30', 'not to 90@40', 'refuses@60', 'is never asked@70']);
  });

  test('during a turn lets the woken end in that turn', () => {
    waits.schedule(() => {
      log('waker')();
      waits.wake();
    }, 10);
    waits.wakeable.schedule(log('woken'), 100);
    timers.pass(10, 1);
    expect(seen).toEqual(['waker@10', 'woken@10']);
    expect(timers.pending).toBe(0);
  });

  test('can end waits of its own making, turn after turn, without hanging', () => {
    let turns = 0;
    waits.wakeable.schedule(function again() {
      turns++;
      this.schedule(undefined, 1_000);
      waits.wake();
    }, 1_000);
    waits.wake();
    timers.pass(0, 20);
    expect(turns).toBe(20);
  });
});

describe('add and remove', () => {
  test('a wait that is removed does not end, and who is not waiting may be removed', () => {
    const [gone, stays] = [waiting('gone', 10), waiting('stays', 20)];
    waits.add(gone);
    waits.add(stays);
    waits.remove(gone);
    waits.remove(gone);
    timers.pass(20);
    expect(seen).toEqual(['stays@20']);
    waits.remove(stays);
    expect(timers.pending).toBe(0);
  });
});

describe('a clock that is set', () => {
  test('back while someone waits delays nobody', () => {
    waits.schedule(log('a'), 60_000);
    waits.schedule(log('b'), 70_000);
    timers.pass(20_000);
    timers.clockMs -= 3_600_000;
    timers.pass(40_000);
    expect(seen).toHaveLength(1);
    timers.pass(10_000);
    expect(seen.map((entry) => entry.split('@')[0])).toEqual(['a', 'b']);
    expect(timers.pending).toBe(0);
  });

  test('back goes on from where it was, for all who look at it', () => {
    waits.schedule(log('a'), 60_000);
    timers.pass(20_000);
    timers.clockMs -= 3_600_000;
    timers.pass(40_000);
    expect(waits.now() - startMs).toBe(60_000);
    timers.clockMs -= 500_000;
    waits.schedule(log('b'), 1_000);
    timers.pass(1_000);
    expect(seen).toHaveLength(2);
  });

  test('back before a shorter wait comes in holds up who waited before, at most by what they had waited', () => {
    waits.schedule(log('a'), 60_000);
    timers.pass(20_000);
    timers.clockMs -= 3_600_000;
    waits.schedule(log('b'), 30_000);
    timers.pass(30_000);
    expect(seen.map((entry) => entry.split('@')[0])).toEqual(['b']);
    timers.pass(30_000);
    expect(seen.map((entry) => entry.split('@')[0])).toEqual(['b', 'a']);
  });

  test('back by little is waited out, and the clock believed', () => {
    waits.schedule(log('a'), 60_000);
    timers.clockMs -= 1_000;
    timers.pass(60_000);
    expect(seen).toEqual([]);
    expect(timers.delays).toEqual([60_000, 1_000]);
    timers.pass(1_000);
    expect(seen).toEqual(['a@60000']);
    expect(waits.now()).toBe(timers.now());
  });

  test('back by a little more than that is not', () => {
    waits.schedule(log('a'), 60_000);
    timers.clockMs -= 1_001;
    timers.pass(60_000);
    expect(seen).toEqual(['a@58999']);
    expect(waits.now() - timers.now()).toBe(1_001);
  });

  test('forward lets all end that are due by it', () => {
    waits.schedule(log('a'), 10);
    waits.schedule(log('b'), 3_600_000);
    timers.clockMs += 3_600_000;
    timers.pass(10);
    expect(seen).toEqual(['a@3600010', 'b@3600010']);
  });
});
