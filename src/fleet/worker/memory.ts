import { type TaskRef, taskKey } from '../../task/ref.js';
import type { Snapshot } from '../../task/snapshot.js';
import type { ReadMemory } from '../../watch/read.js';
import { type LastEvent, standing } from '../events.js';
import type { WatchOrder } from '../watch-order.js';

/** What a worker knows of a task that it watches. Another worker may know more, which the next publish finds out. */
export class Known {
  /** The place of the last event. */
  seq = 0;
  /** When that was stored, by the server's clock. */
  storedMs: number | undefined;
  standing: 'finished' | 'lost' | 'live' = 'live';
  snapshot: Snapshot | undefined;
  /** What was submitted, once it was read. */
  order: WatchOrder | undefined;
  /** Polls in a row that met trouble. */
  failures = 0;
  /** Polls that were answered. */
  polls = 0;
  /** When the next turn is due, by our own clock; unknown where another worker said it. */
  dueMs: number | undefined;
  /** Which of all turns the last was that came here. */
  #count = Number.POSITIVE_INFINITY;

  #memory: ReadMemory | undefined;

  constructor(readonly generation: number) {}

  /** What the last poll heard, as long as nobody heard more. */
  memoryOf(task: TaskRef): ReadMemory {
    if (this.#memory?.lastSnapshot !== this.snapshot) this.#memory = undefined;
    this.#memory ??= { task, lastSnapshot: this.snapshot };
    return this.#memory;
  }

  /** A turn came. Another worker that had one since ours said when this one is due. */
  came(count = this.#count + 1): void {
    if (count > this.#count + 1) this.dueMs = undefined;
    this.#count = count;
  }

  /** What was read is the last event. */
  take(last: LastEvent): this {
    this.seq = last.seq;
    this.standing = standing(last, this.generation);
    // When the watch before this one was lost says nothing of it.
    this.storedMs = this.standing === 'live' && last.told?.kind === 'lost' ? undefined : last.storedMs;
    if (last.told?.kind === 'snapshot') this.snapshot = last.told.snapshot;
    return this;
  }

  /** A poll was answered, or met trouble. */
  answered(isTrouble: boolean): void {
    this.failures = isTrouble ? this.failures + 1 : 0;
    if (!isTrouble) this.polls++;
  }
}

/**
 * The watches that a worker knows: the `min` latest, and at most as many again. What is forgotten costs one read.
 */
export class Memory {
  #newer = new Map<string, Known>();
  #older = new Map<string, Known>();

  constructor(private readonly min: number) {}

  get size(): number {
    return this.#newer.size + this.#older.size;
  }

  find(task: TaskRef, generation: number): Known | undefined {
    const key = taskKey(task);
    const known = this.#newer.get(key) ?? this.#older.get(key);
    if (known?.generation !== generation) return undefined;
    this.#keep(key, known);
    return known;
  }

  note(task: TaskRef, generation: number, last: LastEvent): Known {
    const known = new Known(generation).take(last);
    this.#keep(taskKey(task), known);
    return known;
  }

  forget(task: TaskRef): void {
    const key = taskKey(task);
    this.#newer.delete(key);
    this.#older.delete(key);
  }

  #keep(key: string, known: Known): void {
    if (this.#newer.get(key) === known) return;
    this.#older.delete(key);
    if (this.#newer.size >= this.min) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(key, known);
  }
}
