import { inspect } from 'node:util';
import { asyncScheduler, NEVER, Observable } from 'rxjs';
import { describe, expect, test, vi } from 'vitest';
import { budgetDefaults, createBudget } from '../../src/budget/budget.js';
import { expectRefusal } from '../cadence/cadences.js';
import { Timers } from '../cadence/timers.js';
import { Requests } from './requests.js';

describe('createBudget', () => {
  test('lets 32 requests in at once, at any rate, unless it is told otherwise', () => {
    expect(budgetDefaults).toEqual({ concurrency: 32, perSecond: Number.POSITIVE_INFINITY, burst: 1 });
    expect(Object.isFrozen(budgetDefaults)).toBe(true);
    const timers = new Timers();
    const requests = new Requests(timers);
    const lane = createBudget({ scheduler: timers }).lane('https://h', 'key');
    for (let n = 0; n < 40; n++) requests.send(lane, `${n}`, 10);
    expect(requests.inside).toBe(32);
    timers.pass(10);
    expect(requests.starts).toHaveLength(40);
    expect(requests.starts.at(-1)).toBe('39@10');
  });

  test('stands on real time unless it is told otherwise', () => {
    const schedule = vi.spyOn(asyncScheduler, 'schedule');
    try {
      const lane = createBudget({ perSecond: 1 }).lane('https://h', 'key');
      const requests = [NEVER.pipe(lane.admit(0)).subscribe(), NEVER.pipe(lane.admit(0)).subscribe()];
      expect(schedule).toHaveBeenCalledTimes(1);
      for (const request of requests) request.unsubscribe();
    } finally {
      schedule.mockRestore();
    }
  });

  test.each<[string, unknown, string, string]>([
    ['concurrency', 0, 'a number, 1 or more, or Infinity', '0'],
    ['concurrency', 0.99, 'a number, 1 or more, or Infinity', '0.99'],
    ['concurrency', -1, 'a number, 1 or more, or Infinity', '-1'],
    ['concurrency', Number.NaN, 'a number, 1 or more, or Infinity', 'NaN'],
    ['concurrency', '8', 'a number, 1 or more, or Infinity', '"8"'],
    ['concurrency', null, 'a number, 1 or more, or Infinity', 'null'],
    ['perSecond', 0, 'a number above 0, or Infinity', '0'],
    ['perSecond', -1, 'a number above 0, or Infinity', '-1'],
    ['perSecond', Number.NaN, 'a number above 0, or Infinity', 'NaN'],
    ['perSecond', '5', 'a number above 0, or Infinity', '"5"'],
    ['burst', 0, 'a finite number, 1 or more', '0'],
    ['burst', 0.5, 'a finite number, 1 or more', '0.5'],
    ['burst', Number.POSITIVE_INFINITY, 'a finite number, 1 or more', 'Infinity'],
    ['burst', Number.NaN, 'a finite number, 1 or more', 'NaN'],
    ['burst', '2', 'a finite number, 1 or more', '"2"'],
  ])('refuses %s %o', (option, value, expected, shown) => {
    expectRefusal(() => createBudget({ [option]: value }), `budget.${option}: expected ${expected}, received ${shown}`);
  });

  test('takes the smallest and the largest that it may', () => {
    expect(() => createBudget({ concurrency: 1, perSecond: Number.MIN_VALUE, burst: 1 })).not.toThrow();
    const all = Number.POSITIVE_INFINITY;
    const lane = createBudget({ concurrency: all, perSecond: all, scheduler: new Timers() }).lane('h', 'k');
    const requests = new Requests(new Timers());
    for (let n = 0; n < 1_000; n++) requests.send(lane, `${n}`, 10);
    expect(requests.inside).toBe(1_000);
  });

  test('shows no credential, however it is looked at', () => {
    const budget = createBudget({ scheduler: new Timers() });
    const lane = budget.lane('https://h', 'sk-canary');
    NEVER.pipe(lane.admit(0)).subscribe();
    lane.pause(1_000);
    NEVER.pipe(lane.admit(0)).subscribe();
    for (const held of [budget, lane]) {
      expect(inspect(held, { showHidden: true, depth: Number.POSITIVE_INFINITY })).not.toContain('canary');
      expect(JSON.stringify(held)).not.toContain('canary');
    }
    expect(Object.isFrozen(budget)).toBe(true);
  });
});

describe('a lane', () => {
  test('belongs to an origin and a credential: equal ones share it, others do not', () => {
    const budget = createBudget();
    const keyOf = () => 'key';
    const lane = budget.lane('https://h', 'key');
    expect(budget.lane('https://h', 'key')).toBe(lane);
    expect(budget.lane('https://h', keyOf)).toBe(budget.lane('https://h', keyOf));
    const others = [
      budget.lane('https://h', 'other'),
      budget.lane('https://other', 'key'),
      budget.lane('https://h', keyOf),
      budget.lane('https://h', () => 'key'),
      budget.lane('https://h', undefined),
      createBudget().lane('https://h', 'key'),
    ];
    expect(new Set([lane, ...others]).size).toBe(7);
    expect(budget.lane('https://h', 'key')).toBe(lane);
  });

  test('passes on what a request says, and asks for it once per subscriber', () => {
    const seen: unknown[] = [];
    const lane = createBudget({ concurrency: 1, scheduler: new Timers() }).lane('h', 'k');
    const failing = lane.admit<number>(0)(
      new Observable<number>((subscriber) => {
        subscriber.next(1);
        subscriber.error(new Error('reset'));
      }),
    );
    for (let n = 0; n < 2; n++)
      failing.subscribe({ next: (v) => seen.push(v), error: (e: Error) => seen.push(e.message) });
    expect(seen).toEqual([1, 'reset', 1, 'reset']);
  });
});
