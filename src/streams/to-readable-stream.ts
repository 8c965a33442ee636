import type { Observable } from 'rxjs';
import { checkIterate, type IterateOptions } from './iterate-options.js';
import { Reading } from './reading.js';

/**
 * An Observable as a web stream of its values. It subscribes when the stream is first read, gives one value for each
 * read, and unsubscribes when the stream is cancelled. What comes while nobody reads waits as in {@link iterate}; an error
 * of the source errors the stream after that.
 *
 * @throws `INVALID_ARGUMENT` at the call when `source` is no RxJS Observable or an option is out of its range; it errors
 * the stream when more plain values wait than may.
 * @example
 * ```ts
 * await toReadableStream(client.watch(task)).pipeTo(new WritableStream({ write: (s) => console.log(s.status) })); // queued …
 * ```
 */
export function toReadableStream<T>(source: Observable<T>, options: IterateOptions = {}): ReadableStream<T> {
  const reading = new Reading(source, checkIterate('toReadableStream', source, options));
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const { done, value } = await reading.take();
        // Where the stream was cancelled meanwhile, these throw, and nobody is told: it is closed already.
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel() {
        reading.leave();
      },
    },
    // Else the stream would take one item before anyone reads, and hold it where newer news cannot replace it.
    { highWaterMark: 0 },
  );
}
