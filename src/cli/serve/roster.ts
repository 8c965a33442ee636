import { BehaviorSubject, type Observable } from 'rxjs';
import type { Client, Snapshot } from '../../index.js';
import { advance } from '../../task/advance.js';
import { type TaskRef, taskKey } from '../../task/ref.js';
import type { Listed, Listing } from '../board-wire.js';

/** A task, and where it is asked for. */
export interface Entry {
  readonly task: TaskRef;
  readonly client: Client;
  /** What is known of it; the more the longer it is watched. */
  readonly known?: Snapshot | undefined;
}

/** The most tasks that a board shows: a page of more frames is too slow for anybody to use. */
export const ROOM = 10_000;

/** The tasks of a board. */
export class Roster {
  readonly #entries = new Map<string, Entry>();
  /** What there was no room for. */
  readonly #unshown = new Set<string>();
  readonly #listings = new BehaviorSubject<Listing>({ tasks: [], notices: [] });
  readonly #now: () => number;
  #notices: readonly string[] = [];

  /** @param now - In epoch milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether there was no room for some task. */
  get isFull(): boolean {
    return this.#unshown.size > 0;
  }

  /** How it stands now, then as it changes. */
  get listings(): Observable<Listing> {
    return this.#listings;
  }

  find(task: TaskRef): Entry | undefined {
    return this.#entries.get(taskKey(task));
  }

  /** Adds those of `entries` that are new, as far as there is room. */
  add(entries: readonly Entry[]): void {
    const addedAt = this.#now();
    const added: Listed[] = [];
    for (const entry of entries) {
      const key = taskKey(entry.task);
      if (this.#entries.has(key)) continue;
      if (this.#entries.size === ROOM) {
        this.#unshown.add(key);
        continue;
      }
      this.#entries.set(key, entry);
      added.push({ task: entry.task, addedAt });
    }
    this.#tell(added);
  }

  /** What was heard of a task, so that whoever looks later starts from there: what has ended is asked for no more. */
  hear(snapshot: Snapshot): void {
    const entry = this.find(snapshot.task);
    if (entry) this.#entries.set(taskKey(entry.task), { ...entry, known: advance(entry.known, snapshot) });
  }

  notice(notices: readonly string[]): void {
    this.#notices = notices;
    this.#tell([]);
  }

  /** Says what is new, where anything is. */
  #tell(added: readonly Listed[]): void {
    const { tasks, notices: before } = this.#listings.value;
    const count = this.#unshown.size;
    const unshown = `The board has room for ${ROOM} tasks; ${count} more ${count === 1 ? 'is' : 'are'} not shown.`;
    const told = [...this.#notices, ...(this.isFull ? [unshown] : [])];
    const notices = told.join('\n') === before.join('\n') ? before : told;
    if (added.length > 0 || notices !== before) this.#listings.next({ tasks: [...tasks, ...added], notices });
  }
}
