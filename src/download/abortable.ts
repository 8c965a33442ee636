import { Observable } from 'rxjs';

/**
 * Promised work as an Observable: it starts at each subscription, emits what it tells on the way and what it returns,
 * and learns from its signal that nobody wants it any more.
 */
export function abortable<T>(work: (signal: AbortSignal, emit: (value: T) => void) => Promise<T>): Observable<T> {
  return new Observable((subscriber) => {
    const gone = new AbortController();
    subscriber.add(() => gone.abort());
    work(gone.signal, (value) => subscriber.next(value)).then(
      (value) => {
        subscriber.next(value);
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(error),
    );
  });
}
