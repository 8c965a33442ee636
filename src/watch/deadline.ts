import {
  defer,
  finalize,
  Observable,
  type ObservableInput,
  type Subscriber,
  type Subscription,
  share,
  take,
} from 'rxjs';
import type { Waiting, Waits } from '../cadence/waits.js';
import { messageOf, RushesError } from '../errors.js';
import { type TaskRef, taskKey } from '../task/ref.js';
import { isTerminal, type Snapshot } from '../task/snapshot.js';
import type { Reporter } from './activity.js';
import { timeLimit } from './read.js';
import type { SnapshotSource } from './snapshot-source.js';

/**
 * `read`, of which those of one task that fall together are one: deadlines of many subscribers often do.
 */
export function sharedRead(
  read: (task: TaskRef) => ObservableInput<Snapshot>,
): (task: TaskRef) => Observable<Snapshot> {
  const running = new Map<string, Observable<Snapshot>>();
  return (task) =>
    defer(() => {
      const key = taskKey(task);
      const reading =
        running.get(key) ??
        defer(() => read(task)).pipe(
          finalize(() => running.delete(key)),
          share(),
        );
      running.set(key, reading);
      return reading;
    });
}

/** How deadlines are kept. */
export interface DeadlineOptions {
  /** Shared watches: who joins one is told its latest snapshot inside `subscribe`. */
  readonly shared: SnapshotSource;
  /** How long the last read may take, its wait for a permit included. */
  readonly requestTimeoutMs: number;
  readonly waits: Waits;
  readonly reporter: Reporter;
  /** One read, outside the watch. */
  readonly read: ((task: TaskRef) => ObservableInput<Snapshot>) | undefined;
}

/**
 * Ends a watch of `task` `deadlineMs` after its subscription, but never on old news: one last read decides. The error
 * is `DEADLINE` only if that read fails, is still live, or does not come in time.
 */
export function watchUntil(
  deadlineMs: number,
  task: TaskRef,
  known: Snapshot | undefined,
  options: DeadlineOptions,
): Observable<Snapshot> {
  const source = options.shared(task, known);
  if (deadlineMs === Number.POSITIVE_INFINITY) return source;
  return new Observable((subscriber) => {
    subscriber.add(new Deadline(deadlineMs, task, subscriber, options));
    return source.subscribe(subscriber);
  });
}

/** One subscriber's deadline. It only waits beside the watch, which takes no room for it. */
class Deadline implements Waiting {
  dueMs: number;
  order = 0;
  place = -1;
  #lastRead: Subscription | undefined;

  constructor(
    private readonly deadlineMs: number,
    private readonly task: TaskRef,
    private readonly subscriber: Subscriber<Snapshot>,
    private readonly options: DeadlineOptions,
  ) {
    this.dueMs = options.waits.now() + deadlineMs;
    options.waits.add(this);
  }

  run(): void {
    const { read, requestTimeoutMs, waits } = this.options;
    if (!read) {
      this.#miss();
      return;
    }
    const lastRead = defer(() => read(this.task)).pipe(take(1), timeLimit(requestTimeoutMs, waits));
    this.#lastRead = lastRead.subscribe({
      next: (snapshot) => (isTerminal(snapshot) ? this.#finish(snapshot) : this.#miss(snapshot)),
      error: (error) => this.#miss(undefined, error),
      complete: () => this.#miss(),
    });
  }

  unsubscribe(): void {
    this.options.waits.remove(this);
    this.#lastRead?.unsubscribe();
  }

  #finish(snapshot: Snapshot): void {
    this.subscriber.next(snapshot);
    this.subscriber.complete();
  }

  /** What the watch said last. */
  #latest(): Snapshot | undefined {
    let latest: Snapshot | undefined;
    const look = this.options.shared(this.task).subscribe((snapshot) => {
      latest = snapshot;
    });
    look.unsubscribe();
    return latest;
  }

  #miss(seen?: Snapshot, cause?: unknown): void {
    const { deadlineMs, subscriber, task } = this;
    if (subscriber.closed) return;
    const lastSnapshot = seen ?? this.#latest();
    const standing = lastSnapshot ? `is still ${lastSnapshot.status}` : 'has not answered';
    const reason = cause === undefined ? '' : `, and the last read failed: ${messageOf(cause)}`;
    const message = `the task ${standing} after ${deadlineMs} ms${reason}`;
    const error = new RushesError('DEADLINE', message, { task, lastSnapshot, cause, retryable: true });
    this.options.reporter.report(() => ({ kind: 'lost', task, error }));
    subscriber.error(error);
  }
}
