import type { Snapshot } from '../task/snapshot.js';

/** What a cadence may look at: one task's watch so far. */
export interface Seen {
  /** Answered polls in this watch; at least 1. */
  readonly polls: number;
  /** Time since the watch began. */
  readonly elapsedMs: number;
  /** Time since the task last changed in anything but time. */
  readonly sinceChangeMs: number;
  /** The latest snapshot. */
  readonly snapshot?: Snapshot;
}

/**
 * When to ask again: the milliseconds to wait after an answer. A pure function, so cadences combine by calling each
 * other. `0` means at once; anything that cannot be waited for means the provider's own guidance.
 *
 * @example
 * ```ts
 * const patient: Cadence = (seen) => (seen.snapshot?.status === 'queued' ? 20_000 : 5_000);
 * ```
 */
export type Cadence = (seen: Seen) => number;
