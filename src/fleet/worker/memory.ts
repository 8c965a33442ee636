import type { TaskRef } from '../../task/ref.js';
import type { Snapshot } from '../../task/snapshot.js';
import type { ReadMemory } from '../../watch/read.js';
import { type LastEvent, standing } from '../events.js';
import type { WatchOrder } from '../watch-order.js';

/** Which watch of which task: the place of its submit in the stream of work, and when that was stored. */
export interface Watch {
  readonly generation: number;
  /** In epoch milliseconds of the server's clock. A stream that was made anew counts from 1 again. */
  readonly submittedMs: number;
}

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
  /** Since when its last read finds no room, by our own clock. */
  refusedSinceMs: number | undefined;
  /** Which of all turns the last was that came here. */
  #count = Number.POSITIVE_INFINITY;

  #heard: ReadMemory | undefined;

  readonly generation: number;
  readonly submittedMs: number;

  constructor(
    readonly task: TaskRef,
    { generation, submittedMs }: Watch,
  ) {
    this.generation = generation;
    this.submittedMs = submittedMs;
  }

  /** What the last poll heard, as long as nobody heard more. */
  get heard(): ReadMemory {
    if (this.#heard?.lastSnapshot !== this.snapshot) this.#heard = undefined;
    this.#heard ??= { task: this.task, lastSnapshot: this.snapshot };
    return this.#heard;
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
  #newer = new Map<number, Known>();
  #older = new Map<number, Known>();

  constructor(private readonly min: number) {}

  get size(): number {
    return this.#newer.size + this.#older.size;
  }

  find({ generation, submittedMs }: Watch): Known | undefined {
    const known = this.#newer.get(generation) ?? this.#older.get(generation);
    if (!known || known.submittedMs !== submittedMs) return undefined;
    this.#keep(known);
    return known;
  }

  note(task: TaskRef, watch: Watch, last: LastEvent): Known {
    const known = new Known(task, watch).take(last);
    this.#keep(known);
    return known;
  }

  forget({ generation }: Watch): void {
    this.#newer.delete(generation);
    this.#older.delete(generation);
  }

  #keep(known: Known): void {
    const { generation } = known;
    if (this.#newer.get(generation) === known) return;
    this.#older.delete(generation);
    if (this.#newer.size >= this.min) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(generation, known);
  }
}
