import { EMPTY, expand, last, map, type Observable, of, switchMap } from 'rxjs';
import type { RushesError } from '../../errors.js';
import type { TaskRef } from '../../task/ref.js';

/** A task that may not be watched, and why. */
export interface Refused {
  readonly task: TaskRef;
  readonly error: RushesError;
}

/** Why tasks were refused together. Where nobody is refused, and no number is too many, the refusal has passed. */
export interface Sifted {
  /** Those that are refused by themselves. */
  readonly refused: readonly Refused[];
  /** As many as are let in together, where one more is too many. */
  readonly mostTasks?: number;
}

/** Of `rest`, the first `low` are let in together, and the first `high` are refused: `Infinity` while none are. */
interface Search extends Sifted {
  readonly rest: readonly TaskRef[];
  readonly low: number;
  readonly high: number;
  readonly error?: RushesError;
}

/**
 * Which of `tasks`, refused together, are refused by themselves: one that is refused must not take the others with it.
 * The first is found by bisection; of those behind it ever more are tried, beginning with one.
 *
 * Of n tasks, whichever are refused, there are at most 5 n / 3 + 2 log₂ n tries; where one is, at most 4 log₂ n; where all
 * are, n + log₂ n.
 *
 * @param tryOut - Tells why these are refused together; `undefined` when they are not.
 */
export function sift(
  tasks: readonly TaskRef[],
  tryOut: (tasks: readonly TaskRef[]) => Observable<RushesError | undefined>,
): Observable<Sifted> {
  const step = (search: Search): Observable<Search> => {
    const { rest, low, high, mostTasks } = search;
    if (low === rest.length || mostTasks !== undefined) return EMPTY;
    if (high === low + 1) return judge(search);
    const size = high <= rest.length ? Math.ceil((low + high) / 2) : Math.min(2 * low || 1, rest.length);
    const tried = tryOut(rest.slice(0, size));
    return tried.pipe(map((error) => (error ? { ...search, high: size, error } : { ...search, low: size })));
  };

  /** The last of the fewest that are refused: because of itself, because it is one too many, or no more. */
  const judge = ({ rest, low, high, error, refused }: Search): Observable<Search> => {
    const suspects = rest.slice(low, high);
    const guilty = (why: RushesError) => {
      const found = suspects.map((task) => ({ task, error: why }));
      return { rest: rest.slice(high), low: 0, high: Number.POSITIVE_INFINITY, refused: [...refused, ...found] };
    };
    if (low === 0 && error) return of(guilty(error));
    const again = () =>
      tryOut(rest.slice(0, high)).pipe(
        map((still) => {
          const over = { rest, low: high, high: Number.POSITIVE_INFINITY, refused };
          return still ? { ...over, mostTasks: low } : over;
        }),
      );
    return tryOut(suspects).pipe(switchMap((why) => (why ? of(guilty(why)) : again())));
  };

  return of<Search>({ rest: tasks, low: 0, high: tasks.length, refused: [] }).pipe(expand(step), last());
}
