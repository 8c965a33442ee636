import { concat, EMPTY, type Observable, of, switchMap } from 'rxjs';
import type { RushesError } from '../../errors.js';
import type { TaskRef } from '../../task/ref.js';

/** A task that may not be watched, and why. */
export interface Refused {
  readonly task: TaskRef;
  readonly error: RushesError;
}

/**
 * Which of `tasks`, refused together, are refused by themselves: one that is refused must not take the others with it.
 * They are tried in ever smaller halves, one after the other.
 *
 * @param tryOut - Tells why these are refused together; `undefined` when they are not.
 */
export function sift(
  tasks: readonly TaskRef[],
  tryOut: (tasks: readonly TaskRef[]) => Observable<RushesError | undefined>,
): Observable<Refused> {
  const refusedIn = (part: readonly TaskRef[]): Observable<Refused> =>
    tryOut(part).pipe(
      switchMap((error) => {
        const [sole, ...others] = part;
        if (!error || !sole) return EMPTY;
        return others.length === 0 ? of({ task: sole, error }) : sift(part, tryOut);
      }),
    );
  const [left, right] = halves(tasks);
  return concat(refusedIn(left), refusedIn(right));
}

function halves<T>(list: readonly T[]): readonly [readonly T[], readonly T[]] {
  const middle = Math.ceil(list.length / 2);
  return [list.slice(0, middle), list.slice(middle)];
}
