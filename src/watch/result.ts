import { firstValueFrom, lastValueFrom, Observable } from 'rxjs';
import { aboutTask } from '../errors.js';
import { throwIfFailed } from '../operators/throw-if-failed.js';
import type { TaskRef } from '../task/ref.js';
import type { CompletedSnapshot, Snapshot } from '../task/snapshot.js';

/** How to stop waiting for a promise. */
export interface Abortable {
  /** Aborting rejects with its `reason`, and leaves the task alone. */
  readonly signal?: AbortSignal | undefined;
}

/** The video of a watch, as a promise; `TASK_FAILED` when the task ends without one. */
export function result(watch: Observable<Snapshot>, { signal }: Abortable = {}): Promise<CompletedSnapshot> {
  return lastValueFrom(until(signal, watch.pipe(throwIfFailed()))) as Promise<CompletedSnapshot>;
}

/** The first value of `source`, as a promise whose rejection names `task` or is the signal's reason. */
export function once<T>(task: TaskRef, source: Observable<T>, signal: AbortSignal | undefined): Promise<T> {
  return firstValueFrom(until(signal, source)).catch((error: unknown) => {
    throw signal?.aborted ? error : aboutTask(error, task);
  });
}

/** `source`, until `signal` aborts: then its reason is the error, and nothing of the source is left running. */
export function until<T>(signal: AbortSignal | undefined, source: Observable<T>): Observable<T> {
  if (!signal) return source;
  return new Observable((subscriber) => {
    const abort = () => subscriber.error(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    subscriber.add(() => signal.removeEventListener('abort', abort));
    subscriber.add(source.subscribe(subscriber));
  });
}
