import type { MonoTypeOperatorFunction } from 'rxjs';

/** The way of one account's requests through a budget. A pause concerns this lane only. */
export interface Lane {
  /** Lets a request start when there is room, oldest `dueMs` first; leaving early frees its place. */
  admit<T>(dueMs: number): MonoTypeOperatorFunction<T>;
  /** Lets nothing start for `ms`, then lets go of who waited evenly over as long again, at most 10 s. */
  pause(ms: number): void;
}
