import { combineLatest, map, NEVER, type Observable, startWith, switchMap, take, takeUntil, timer } from 'rxjs';
import { isRushesError } from '../../errors.js';
import { spanOf } from '../duration.js';

/** How long it may be quiet before somebody should wonder. */
const QUIET_MS = 10_000;

/** What is known of tasks that are followed. */
export interface Heard {
  /** The fleet took one. */
  readonly submitted: Observable<unknown>;
  /** Something was told of one. */
  readonly news: Observable<unknown>;
  /** That NATS is away, and is there again. */
  readonly isAway: Observable<boolean>;
}

/** Says once that nothing is heard of any task, unless NATS is away. @param words - What is said then. */
export function noNews({ submitted, news, isAway }: Heard, words: string): Observable<string> {
  return combineLatest([submitted.pipe(take(1)), isAway.pipe(startWith(false))]).pipe(
    switchMap(([, is]) => (is ? NEVER : timer(QUIET_MS))),
    take(1),
    map(() => words),
    takeUntil(news),
  );
}

/** The words for it. @param status - The command that tells how the fleet stands. */
export function noNewsWords(status: string, deadlineMs: number, graceMs: number): string {
  const end = Number.isFinite(deadlineMs)
    ? ` This gives up after ${spanOf(deadlineMs + graceMs)}, ${graceMs / 1_000} s past the deadline.`
    : '';
  return `rushes: no news yet: does a worker run? See \`${status}\`.${end}`;
}

/** What to do about a task of which nothing was ever told; `undefined` after any other error. */
export function stepAfterSilence(error: unknown, status: string): string | undefined {
  const isUnheard = isRushesError(error) && error.code === 'DEADLINE' && error.lastSnapshot === undefined;
  return isUnheard ? `Does a worker run? See \`${status}\`.` : undefined;
}
