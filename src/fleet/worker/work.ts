import { Observable, ReplaySubject } from 'rxjs';
import type { FleetContext } from '../fleet-context.js';
import type { WorkFigures } from './figures.js';
import type { WorkSettings } from './work-options.js';
import { Worker } from './worker.js';

/** Works until its signal, or until it is unsubscribed from: then it ends in the same way, and nobody hears of it. */
export function work(fleet: FleetContext, options: WorkSettings): Observable<WorkFigures> {
  return new Observable((subscriber) => {
    const { signal } = options;
    const stop = new ReplaySubject<void>(1);
    const end = () => stop.next();
    if (signal?.aborted) end();
    signal?.addEventListener('abort', end, { once: true });
    new Worker(fleet, options, stop).work().subscribe({
      next: (figures) => subscriber.next(figures),
      error: (error) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
    return () => {
      signal?.removeEventListener('abort', end);
      end();
    };
  });
}
