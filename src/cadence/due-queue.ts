/** Something that is due at some time. */
export interface Due {
  /** When, in epoch milliseconds of its queue's clock. */
  dueMs: number;
  /** Who came first, among those due at the same time; set by the queue. */
  order: number;
  /** Its place in the queue's heap, -1 outside; set by the queue. */
  place: number;
}

/** A priority queue, oldest due first, that can also be left from the middle: O(log n) for both. */
export class DueQueue<T extends Due> {
  readonly #heap: T[] = [];
  #entered = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** The one due first. */
  get first(): T | undefined {
    return this.#heap[0];
  }

  /** How many have entered so far: who enters later has at least this `order`. */
  get entered(): number {
    return this.#entered;
  }

  add(item: T): void {
    item.order = this.#entered++;
    this.#rise(item, this.#heap.push(item) - 1);
  }

  /** Takes `item` out; does nothing when it is not in. */
  remove(item: T): void {
    const place = item.place;
    if (place < 0) return;
    item.place = -1;
    const last = this.#heap.pop() as T;
    if (last === item) return;
    this.#sink(last, place);
    this.#rise(last, last.place);
  }

  /** Every item, in no order; to move items in time while looking at them, say so with the answer `true`. */
  rearrange(move: (item: T) => boolean): void {
    const moved = [...this.#heap].filter(move);
    if (moved.length === 0) return;
    for (let place = (this.#heap.length >> 1) - 1; place >= 0; place--) this.#sink(this.#heap[place] as T, place);
  }

  #rise(item: T, from: number): void {
    const heap = this.#heap;
    let place = from;
    while (place > 0) {
      const parent = heap[(place - 1) >> 1] as T;
      if (!isBefore(item, parent)) break;
      heap[place] = parent;
      parent.place = place;
      place = (place - 1) >> 1;
    }
    heap[place] = item;
    item.place = place;
  }

  #sink(item: T, from: number): void {
    const heap = this.#heap;
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as T, heap[child] as T)) child++;
      const next = heap[child] as T;
      if (!isBefore(next, item)) break;
      heap[place] = next;
      next.place = place;
      place = child;
    }
    heap[place] = item;
    item.place = place;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
