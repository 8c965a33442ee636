import { defer, Observable, type Observer, of, type Subscriber, Subscription, type Unsubscribable } from 'rxjs';
import { aboutTask, isRushesError, RushesError } from '../errors.js';
import { advance } from '../task/advance.js';
import { isSameTask, type TaskRef } from '../task/ref.js';
import { isSameNews } from '../task/sameness.js';
import { isTerminal, type Snapshot } from '../task/snapshot.js';
import { isStatus } from '../task/status.js';
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
  // By provider, then by id: a key made of both would be kept for each task.
  const watches = new Map<string, Map<string, SharedWatch>>();
  return (task, known) => {
    if (known && isTerminal(known)) return of(known);
    return new Observable((subscriber) => {
      const ofProvider = watches.get(task.provider) ?? new Map<string, SharedWatch>();
      watches.set(task.provider, ofProvider);
      const watch = ofProvider.get(task.id) ?? new SharedWatch(task, ofProvider);
      subscriber.add(new Viewing(watch, subscriber));
      watch.join(subscriber, source, known);
    });
  };
}

/** One viewer's part in a watch; it ends by leaving. */
class Viewing implements Unsubscribable {
  constructor(
    private readonly watch: SharedWatch,
    private readonly viewer: Subscriber<Snapshot>,
  ) {}

  unsubscribe(): void {
    this.watch.leave(this.viewer);
  }
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
  ) {
    super();
  }

  join(viewer: Subscriber<Snapshot>, source: SnapshotSource, known: Snapshot | undefined): void {
    if (viewer.closed) return;
    const isFirst = this.#viewers.length === 0;
    if (isFirst) this.watches.set(this.task.id, this);
    // Not `[...viewers, viewer]`, which engines give room for sixteen more.
    this.#viewers = this.#viewers.concat(viewer);
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
    if (!isSnapshotOf(this.task, observed)) {
      this.error(
        new RushesError('BAD_RESPONSE', 'the source said what is no snapshot of this task', { retryable: true }),
      );
      return;
    }
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
    if (this.watches.get(this.task.id) === this) this.watches.delete(this.task.id);
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
      if (isRushesError(next)) for (const viewer of this.#viewers) viewer.error(next);
      else this.#show(next as Snapshot);
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

/** Sources are other people's: what they say is looked at before it becomes the truth about a task. */
function isSnapshotOf(task: TaskRef, said: Partial<Snapshot> | null | undefined): boolean {
  return isStatus(said?.status) && (said.task === undefined || (said.task !== null && isSameTask(said.task, task)));
}
