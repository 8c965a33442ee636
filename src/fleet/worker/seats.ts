import { Subject } from 'rxjs';
import type { Room } from './pull.js';

/** Places for so many turns at once. */
export class Seats implements Room {
  readonly freed = new Subject<void>();
  #taken = 0;

  constructor(private readonly count: number) {}

  get free(): number {
    return this.count - this.#taken;
  }

  take(): void {
    this.#taken++;
  }

  leave(): void {
    this.#taken--;
    this.freed.next();
  }
}
