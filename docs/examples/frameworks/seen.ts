import type { LostError, Snapshot } from 'rushes';
import { catchError, EMPTY, map, type Observable, startWith, switchMap, take } from 'rxjs';

/** What there is to show of a task: its last snapshot, and why its watch was lost. */
export interface Seen {
  readonly snapshot?: Snapshot | undefined;
  readonly lost?: LostError | undefined;
}

/** A watch that never errors: its loss is something to show. It is watched anew at the next `again`. */
export function seen(watch: Observable<Snapshot>, again: Observable<unknown> = EMPTY): Observable<Seen> {
  return watch.pipe(
    map((snapshot): Seen => ({ snapshot })),
    catchError((lost: LostError, sameWatch) => {
      const { lastSnapshot: snapshot } = lost;
      const resumed = again.pipe(
        take(1),
        switchMap(() => sameWatch.pipe(startWith({ snapshot }))),
      );
      return resumed.pipe(startWith({ snapshot, lost }));
    }),
  );
}
