import { Observable, type Subscription } from 'rxjs';
import type { Lane } from '../../src/budget/lane.js';
import type { Timers } from '../cadence/timers.js';

/** Requests that note when they start and end, on the clock of `timers` from its beginning. */
export class Requests {
  readonly log: string[] = [];
  inside = 0;
  readonly #startMs: number;

  constructor(private readonly timers: Timers) {
    this.#startMs = timers.now();
  }

  /** The names and times of all starts. */
  get starts(): string[] {
    return this.log.filter((entry) => entry.startsWith('+')).map((entry) => entry.slice(1));
  }

  /** Sends a request that was due at `dueMs` and takes `durationMs`, through `lane`. */
  send(lane: Lane, name: string, durationMs: number, dueMs = this.timers.now()): Subscription {
    return new Observable<never>((subscriber) => {
      this.#note('+', name);
      this.inside++;
      const answer = this.timers.schedule(() => subscriber.complete(), durationMs);
      return () => {
        this.#note('-', name);
        this.inside--;
        answer.unsubscribe();
      };
    })
      .pipe(lane.admit(dueMs))
      .subscribe();
  }

  #note(what: '+' | '-', name: string): void {
    this.log.push(`${what}${name}@${this.timers.now() - this.#startMs}`);
  }
}
