import { describe, expect, test } from 'vitest';
import { type Due, DueQueue } from '../../src/cadence/due-queue.js';

const due = (dueMs: number): Due => ({ dueMs, order: -1, place: -1 });

describe('DueQueue', () => {
  test('is empty at first, and has no first', () => {
    const queue = new DueQueue();
    expect([queue.size, queue.entered, queue.first]).toEqual([0, 0, undefined]);
  });

  test('lets the first leave, and who came before among equals go before', () => {
    const queue = new DueQueue();
    const [late, early, alsoEarly] = [due(9), due(1), due(1)];
    for (const item of [late, early, alsoEarly]) queue.add(item);
    expect(queue.first).toBe(early);
    queue.remove(early);
    expect(queue.first).toBe(alsoEarly);
    queue.remove(alsoEarly);
    expect(queue.first).toBe(late);
  });

  test('counts who entered, not who is in; who comes back comes last among equals', () => {
    const queue = new DueQueue();
    const [a, b] = [due(1), due(1)];
    queue.add(a);
    queue.add(b);
    queue.remove(a);
    queue.add(a);
    expect([queue.entered, queue.size, a.order]).toEqual([3, 2, 2]);
    expect(queue.first).toBe(b);
  });

  test('does nothing when asked to remove who is not in', () => {
    const queue = new DueQueue();
    const inside = due(1);
    queue.add(inside);
    queue.remove(due(1));
    expect([queue.size, inside.place]).toEqual([1, 0]);
  });

  test('shows every item to who rearranges, and stays as it is when none has moved', () => {
    const queue = new DueQueue();
    const items = [5, 3, 4, 1, 2].map(due);
    for (const item of items) queue.add(item);
    const places = items.map(({ place }) => place);
    const shown = new Set<Due>();
    queue.rearrange((item) => {
      shown.add(item);
      return false;
    });
    expect(shown).toEqual(new Set(items));
    expect(items.map(({ place }) => place)).toEqual(places);
  });
});
