import { BehaviorSubject, type Observable } from 'rxjs';
import type { Client, Snapshot } from '../../index.js';
import { advance } from '../../task/advance.js';
import { type TaskRef, taskKey } from '../../task/ref.js';
import type { Listing } from '../board-wire.js';

export type { Listing } from '../board-wire.js';

/** A task, and where it is asked for. */
export interface Entry {
  readonly task: TaskRef;
  readonly client: Client;
  /** What is known of it; the more the longer it is watched. */
  readonly known?: Snapshot | undefined;
}

/** The tasks of a board. */
export class Roster {
  readonly #entries = new Map<string, Entry>();
  readonly #listings = new BehaviorSubject<Listing>({ tasks: [], notices: [] });
  readonly #now: () => number;

  /** @param now - In epoch milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** How it stands now, then as it changes. */
  get listings(): Observable<Listing> {
    return this.#listings;
  }

  find(task: TaskRef): Entry | undefined {
    return this.#entries.get(taskKey(task));
  }

  /** Adds those of `entries` that are new. */
  add(entries: readonly Entry[]): void {
    const addedAt = this.#now();
    const added = entries.filter((entry) => {
      const key = taskKey(entry.task);
      return !this.#entries.has(key) && this.#entries.set(key, entry);
    });
    if (added.length === 0) return;
    const { tasks, notices } = this.#listings.value;
    this.#listings.next({ tasks: [...tasks, ...added.map(({ task }) => ({ task, addedAt }))], notices });
  }

  /** What was heard of a task, so that whoever looks later starts from there: what has ended is asked for no more. */
  hear(snapshot: Snapshot): void {
    const entry = this.find(snapshot.task);
    if (entry) this.#entries.set(taskKey(entry.task), { ...entry, known: advance(entry.known, snapshot) });
  }

  notice(notices: readonly string[]): void {
    const { tasks, notices: before } = this.#listings.value;
    if (notices.join('\n') !== before.join('\n')) this.#listings.next({ tasks, notices });
  }
}
