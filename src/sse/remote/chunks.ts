import { Observable } from 'rxjs';

/** A body as it comes. Unsubscribing lets go of its connection; a break is an error as the platform words it. */
export function chunks(body: ReadableStream<Uint8Array>): Observable<Uint8Array> {
  return new Observable((subscriber) => {
    const reader = body.getReader();
    const pump = async (): Promise<void> => {
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        subscriber.next(read.value);
        if (subscriber.closed) return;
      }
      subscriber.complete();
    };
    pump().catch((error: unknown) => subscriber.error(error));
    return () => {
      reader.cancel().catch(() => undefined);
    };
  });
}
