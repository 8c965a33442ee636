import { Flights } from '../flights.js';
import type { OpenRecord } from '../ledger-book.js';
import { heldLocks, holdLock } from './tab-locks.js';

/** How long a create of another tab is taken to be in flight where no lock can show it. */
export const assumedFlightMs = 300_000;

/** The creates whose answers this tab waits for: other tabs see by a lock for each that it lives. */
export class InTab extends Flights {
  /** @param name - Of the ledger; the names of its locks begin with it. */
  constructor(private readonly name: string) {
    super();
  }

  /** Shows that the answer to the create of that key is waited for. */
  show(key: string): Promise<void> {
    return holdLock(this.#lockOf(key), this.landed(key));
  }

  /** Whether a create that was begun is waited for, by any tab, as it is now. */
  async look(now: number): Promise<(record: OpenRecord) => boolean> {
    const held = await heldLocks();
    const isYoung = (sentAt: number) => Math.abs(now - sentAt) < assumedFlightMs;
    return ({ kind, key, sentAt }) =>
      kind === 'begun' && (this.has(key) || (held ? held.has(this.#lockOf(key)) : isYoung(sentAt)));
  }

  #lockOf(key: string): string {
    return `${this.name} ${key}`;
  }
}
