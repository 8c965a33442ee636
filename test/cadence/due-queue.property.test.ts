import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Due, DueQueue } from '../../src/cadence/due-queue.js';

interface Item extends Due {
  readonly name: number;
}

const sorted = (items: readonly Item[]) => [...items].sort((a, b) => a.dueMs - b.dueMs || a.order - b.order);

/** The queue next to a list that is sorted whenever it is asked. */
class Twin {
  readonly queue = new DueQueue<Item>();
  readonly list: Item[] = [];
  #made = 0;

  add(dueMs: number): void {
    const item: Item = { name: this.#made++, dueMs, order: -1, place: -1 };
    this.queue.add(item);
    expect(item.order).toBe(item.name);
    this.list.push(item);
  }

  remove(pick: number): void {
    const [item] = this.list.splice(pick % Math.max(this.list.length, 1), 1);
    if (!item) return;
    this.queue.remove(item);
    this.queue.remove(item);
    expect(item.place).toBe(-1);
  }

  takeFirst(): void {
    const first = this.queue.first;
    if (!first) return;
    this.queue.remove(first);
    this.list.splice(this.list.indexOf(first), 1);
  }

  bringForward(toMs: number, odd: number): void {
    this.queue.rearrange((item) => {
      if (item.name % 2 !== odd || item.dueMs <= toMs) return false;
      item.dueMs = toMs;
      return true;
    });
  }

  check(): void {
    expect(this.queue.size).toBe(this.list.length);
    expect(this.queue.entered).toBe(this.#made);
    expect(this.queue.first).toBe(sorted(this.list)[0]);
    expect(this.list.map(({ place }) => place).sort((a, b) => a - b)).toEqual(this.list.map((_, index) => index));
  }
}

const aTime = fc.integer({ min: 0, max: 8 });
const aStep = fc.oneof(
  { arbitrary: aTime.map((dueMs) => (twin: Twin) => twin.add(dueMs)), weight: 4 },
  fc.nat(99).map((pick) => (twin: Twin) => twin.remove(pick)),
  fc.constant((twin: Twin) => twin.takeFirst()),
  fc.tuple(aTime, fc.nat(1)).map(
    ([toMs, odd]) =>
      (twin: Twin) =>
        twin.bringForward(toMs, odd),
  ),
);

describe('a DueQueue', () => {
  test('always has the oldest due first, and first come first served among equals, like a sorted list', () => {
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 80, size: 'max' }), (steps) => {
        const twin = new Twin();
        for (const step of steps) {
          step(twin);
          twin.check();
        }
        const expected = sorted(twin.list);
        for (const item of expected) {
          expect(twin.queue.first).toBe(item);
          twin.queue.remove(item);
        }
        expect(twin.queue.first).toBeUndefined();
        expect(twin.queue.size).toBe(0);
      }),
    );
  });
});
