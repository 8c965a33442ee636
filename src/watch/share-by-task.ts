import { defer, Observable, type Observer, of, type Subscriber, Subscription } from 'rxjs';
import { aboutTask, RushesError } from '../errors.js';
import { advance } from '../task/advance.js';
import { type TaskRef, taskKey } from '../task/ref.js';
import { isSameNews } from '../task/sameness.js';
import { isTerminal, type Snapshot } from '../task/snapshot.js';
import type { SnapshotSource } from './snapshot-source.js';

/**
 * One subscription to `source` for each task, however many watch it, and the law of a task's stream for all of them:
 * nothing follows a terminal snapshot, nothing is said twice, a source that ends early is the error `SOURCE_ENDED`, and
 * every error names the task.
 *
 * A late subscriber gets the latest snapshot inside `subscribe`; the last to leave ends the subscription; after an error
 * or a terminal snapshot the next one starts a new one. `known` is emitted first, unless more is known already; when it
 * is terminal, that is all.
 *
 * @example
 * ```ts
 * const shared = shareByTask((task) => myEvents(task));
 * shared(ref).subscribe(render);
 * shared(ref).subscribe(log); // the same subscription to myEvents
 * ```
 */
export function shareByTask(source: SnapshotSource): SnapshotSource {
  const watches = new Map<string, SharedWatch>();
  return (task, known) => {
    if (known && isTerminal(known)) return of(known);
    return new Observable((subscriber) => {
      const key = taskKey(task);
      const watch = watches.get(key) ?? new SharedWatch(task, watches, key);
      subscriber.add(() => watch.leave(subscriber));
      watch.join(subscriber, source, known);
    });
  };
}

/** The watch of one task: an observer of its source that is its own subscription, so that no wrapper stands between. */
class SharedWatch extends Subscription implements Observer<Snapshot> {
  #viewers: readonly Subscriber<Snapshot>[] = [];
  /** The latest that was heard, and the latest that the viewers were shown: they differ while news is handed out. */
  #heard: Snapshot | undefined;
  #shown: Snapshot | undefined;
  #undelivered: (Snapshot | RushesError)[] | undefined;

  constructor(
    private readonly task: TaskRef,
    private readonly watches: Map<string, SharedWatch>,
    private readonly key: string,
  ) {
    super();
  }

  join(viewer: Subscriber<Snapshot>, source: SnapshotSource, known: Snapshot | undefined): void {
    if (viewer.closed) return;
    const isFirst = this.#viewers.length === 0;
    if (isFirst) this.watches.set(this.key, this);
    this.#viewers = [...this.#viewers, viewer];
    if (this.#shown) viewer.next(this.#shown);
    else if (known) this.next(known);
    if (!isFirst || this.closed) return;
    const subscription = defer(() => source(this.task, known)).subscribe(this);
    if (subscription !== this) this.add(subscription);
  }

  leave(viewer: Subscriber<Snapshot>): void {
    this.#viewers = this.#viewers.filter((other) => other !== viewer);
    if (this.#viewers.length === 0) this.#end();
  }

  next(observed: Snapshot): void {
    const heard = advance(this.#heard, observed);
    if (this.#heard && isSameNews(this.#heard, heard)) return;
    this.#heard = heard;
    if (isTerminal(heard)) this.#end();
    this.#deliver(heard);
  }

  error(error: unknown): void {
    if (this.closed) return;
    this.#end();
    this.#deliver(aboutTask(error, this.task, this.#heard));
  }

  complete(): void {
    this.error(new RushesError('SOURCE_ENDED', 'the source ended before the task did', { retryable: true }));
  }

  #end(): void {
    if (this.watches.get(this.key) === this) this.watches.delete(this.key);
    this.unsubscribe();
  }

  /** What a viewer causes while it is being told is told to all after this, so that all hear it in one order. */
  #deliver(news: Snapshot | RushesError): void {
    if (this.#undelivered) {
      this.#undelivered.push(news);
      return;
    }
    this.#undelivered = [news];
    for (const next of this.#undelivered) {
      if (next instanceof RushesError) for (const viewer of this.#viewers) viewer.error(next);
      else this.#show(next);
    }
    this.#undelivered = undefined;
  }

  #show(snapshot: Snapshot): void {
    this.#shown = snapshot;
    for (const viewer of this.#viewers) {
      viewer.next(snapshot);
      if (isTerminal(snapshot)) viewer.complete();
    }
  }
}
