import type { Observable } from 'rxjs';
import { checkIterate, type IterateOptions } from './iterate-options.js';
import { Reading } from './reading.js';

/**
 * An Observable as an async iterable, for `for await`. Nothing happens before the first item is asked for; each loop has
 * a subscription of its own, and leaving it, by `break` or otherwise, unsubscribes at once.
 *
 * What comes while the loop is busy waits, at most `maxBuffered` items. Newer live news of a task takes the place of
 * older that waits; when too much waits, the oldest live news gives way. The end of a task, a lost watch and the end or
 * error of the source are never dropped: an error comes after all that waits. Values that are no news of a task follow
 * `overflow`.
 *
 * @throws `INVALID_ARGUMENT` at the call when `source` is no RxJS Observable or an option is out of its range; in the
 * loop when more plain values wait than may.
 * @example
 * ```ts
 * for await (const snapshot of iterate(client.watch(task))) console.log(snapshot.status); // queued … completed
 * ```
 */
export function iterate<T>(source: Observable<T>, options: IterateOptions = {}): AsyncIterable<T> {
  const settings = checkIterate('iterate', source, options);
  return { [Symbol.asyncIterator]: () => iteratorOf(new Reading(source, settings)) };
}

/** Items as an iterator; whoever leaves it leaves its source in the same breath, also while an item is awaited. */
function iteratorOf<T>(reading: Reading<T>): AsyncIterableIterator<T, undefined> {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => reading.take(),
    async return() {
      reading.leave();
      return { done: true, value: undefined };
    },
    async throw(error: unknown) {
      reading.leave();
      throw error;
    },
  };
}
