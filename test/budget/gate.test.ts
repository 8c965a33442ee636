import { of } from 'rxjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { type BudgetOptions, createBudget } from '../../src/budget/budget.js';
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
  return { a: budget.lane('https://a', 'key'), b: budget.lane('https://b', 'key') };
}

describe('the number of requests at once', () => {
  test('is never exceeded, by all lanes together; the oldest due goes next, then who came first', () => {
    const { a, b } = lanes({ concurrency: 2 });
    const due = (ms: number) => timers.now() + ms;
    requests.send(a, '1', 10);
    requests.send(b, '2', 20);
    requests.send(a, 'late', 1, due(0));
    requests.send(a, 'old', 5, due(-50));
    requests.send(b, 'older', 5, due(-70));
    requests.send(b, 'late too', 1, due(0));
    requests.send(a, 'last', 1, due(0));
    timers.pass(100);
    expect(requests.log).toEqual([
      ...['+1@0', '+2@0', '-1@10', '+older@10', '-older@15', '+old@15', '-2@20', '+late@20', '-old@20', '+last@20'],
      ...['-late@21', '+late too@21', '-last@21', '-late too@22'],
    ]);
    expect(timers.pending).toBe(0);
  });

  test.each([
    [1, 1],
    [1.9, 1],
    [2, 2],
    [2.5, 2],
  ])('%d lets %d in', (concurrency, inside) => {
    const { a } = lanes({ concurrency });
    for (let n = 0; n < 5; n++) requests.send(a, `${n}`, 10);
    expect(requests.inside).toBe(inside);
  });

  test('a leaver frees its place at once, but not before its request is gone', () => {
    const { a, b } = lanes({ concurrency: 1 });
    const first = requests.send(a, '1', 1_000);
    requests.send(b, '2', 10);
    timers.pass(5);
    first.unsubscribe();
    expect(requests.log).toEqual(['+1@0', '-1@5', '+2@5']);
    timers.pass(10);
    expect([requests.inside, timers.pending]).toEqual([0, 0]);
  });

  test('who leaves while waiting never starts, and takes nobody with it', () => {
    const { a } = lanes({ concurrency: 1 });
    requests.send(a, '1', 10);
    const leaver = requests.send(a, '2', 10);
    requests.send(a, '3', 10);
    leaver.unsubscribe();
    leaver.unsubscribe();
    timers.pass(100);
    expect(requests.starts).toEqual(['1@0', '3@10']);
  });

  test('an answer within the start itself frees the place for the next', () => {
    const { a } = lanes({ concurrency: 1 });
    const seen: number[] = [];
    const ask = (n: number): void =>
      void of(n)
        .pipe(a.admit(0))
        .subscribe({ next: (value) => seen.push(value), complete: () => n < 1_000 && ask(n + 1) });
    ask(0);
    expect(seen).toHaveLength(1_001);
    requests.send(a, 'still room', 1);
    expect(requests.inside).toBe(1);
  });

  test('any number of requests that are answered within their start follow one another', () => {
    const { a } = lanes({ concurrency: 1 });
    const first = requests.send(a, 'first', 1_000);
    let answered = 0;
    for (let n = 0; n < 20_000; n++) {
      of(n)
        .pipe(a.admit(0))
        .subscribe({ complete: () => answered++ });
    }
    expect(answered).toBe(0);
    first.unsubscribe();
    expect(answered).toBe(20_000);
  });

  test('no timer is set for who waits for room alone', () => {
    const { a } = lanes({ concurrency: 1 });
    requests.send(a, '1', 1_000);
    requests.send(a, '2', 1_000);
    expect(timers.delays).toEqual([1_000]);
  });
});

describe('the rate', () => {
  test('lets a burst in, then one for each share of a second', () => {
    const { a } = lanes({ perSecond: 4, burst: 3 });
    for (let n = 1; n <= 6; n++) requests.send(a, `${n}`, 1);
    timers.pass(10_000);
    expect(requests.starts).toEqual(['1@0', '2@0', '3@0', '4@250', '5@500', '6@750']);
    expect(timers.pending).toBe(0);
  });

  test('saves up to a burst in a quiet time, and no more', () => {
    const { a } = lanes({ perSecond: 1, burst: 2 });
    for (let n = 1; n <= 2; n++) requests.send(a, `${n}`, 1);
    timers.pass(1_500);
    for (let n = 3; n <= 5; n++) requests.send(a, `${n}`, 1);
    timers.pass(60_000);
    for (let n = 6; n <= 8; n++) requests.send(a, `${n}`, 1);
    timers.pass(60_000);
    expect(requests.starts).toEqual([...['1@0', '2@0', '3@1500', '4@2000', '5@3000', '6@61500', '7@61500', '8@62500']]);
  });

  test('a share of a second that no timer can meet is rounded up, and not lost where a burst can keep it', () => {
    const { a } = lanes({ perSecond: 3, burst: 2 });
    for (let n = 0; n <= 30; n++) requests.send(a, `${n}`, 1);
    timers.pass(20_000);
    const startsMs = requests.starts.map((start) => Number(start.split('@')[1]));
    expect(startsMs.slice(0, 4)).toEqual([0, 0, 334, 667]);
    expect(startsMs[30]).toBeGreaterThanOrEqual((29 * 1_000) / 3);
    expect(startsMs[30]).toBeLessThanOrEqual((29 * 1_000) / 3 + 2);
  });

  test('a missing share too small to add to the time is still waited for', () => {
    const { a } = lanes({ perSecond: 0.5, burst: 1.5 });
    requests.send(a, '1', 0);
    timers.pass(1);
    const leaver = requests.send(a, '2', 0);
    timers.pass(1);
    leaver.unsubscribe();
    requests.send(a, '3', 0);
    timers.pass(2_000, 20);
    expect(requests.starts).toEqual(['1@0', '3@1001']);
  });

  test('leaves no timer when nobody waits for it any more', () => {
    const { a } = lanes({ perSecond: 1 });
    requests.send(a, '1', 1);
    const leaver = requests.send(a, '2', 1);
    timers.pass(1);
    expect(timers.pending).toBe(1);
    leaver.unsubscribe();
    expect(timers.pending).toBe(0);
  });

  test('a clock that was set back gives nothing away, and takes nothing', () => {
    const { a } = lanes({ perSecond: 1 });
    requests.send(a, '1', 1);
    timers.clockMs -= 500;
    requests.send(a, '2', 1);
    timers.clockMs += 500;
    expect(requests.starts).toEqual(['1@0']);
    timers.pass(1_500);
    expect(requests.starts).toHaveLength(2);
  });
});
