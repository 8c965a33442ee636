import {
  defer,
  finalize,
  Observable,
  type ObservableInput,
  type Observer,
  type Subscriber,
  Subscription,
  share,
  take,
} from 'rxjs';
import type { Waiting, Waits } from '../cadence/waits.js';
import { messageOf, RushesError } from '../errors.js';
import { type TaskRef, taskKey } from '../task/ref.js';
import { isTerminal, type Snapshot } from '../task/snapshot.js';
import { timeLimit } from './read.js';

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

/** When a watch is over at the latest, and how to make sure that it has to be. */
export interface DeadlineOptions {
  readonly task: TaskRef;
  readonly deadlineMs: number;
  /** How long the last read may take, its wait for a permit included. */
  readonly requestTimeoutMs: number;
  readonly waits: Waits;
  /** One read, outside the watch. */
  readonly read: ((task: TaskRef) => ObservableInput<Snapshot>) | undefined;
}

/**
 * Ends a watch `deadlineMs` after its subscription, but never on old news: one last read decides. The error is
 * `DEADLINE` only if that read fails, is still live, or does not come in time.
 */
export function withDeadline(source: Observable<Snapshot>, options: DeadlineOptions): Observable<Snapshot> {
  if (options.deadlineMs === Number.POSITIVE_INFINITY) return source;
  return new Observable((subscriber) => {
    const deadline = new Deadline(subscriber, options);
    subscriber.add(deadline);
    const subscription = source.subscribe(deadline);
    if (subscription !== deadline) deadline.add(subscription);
  });
}

/** One subscriber's deadline, and the observer through which it watches. */
class Deadline extends Subscription implements Observer<Snapshot>, Waiting {
  dueMs: number;
  order = 0;
  place = -1;
  #last: Snapshot | undefined;

  constructor(
    private readonly subscriber: Subscriber<Snapshot>,
    private readonly options: DeadlineOptions,
  ) {
    super();
    this.dueMs = options.waits.now() + options.deadlineMs;
    options.waits.add(this);
  }

  next(snapshot: Snapshot): void {
    this.#last = snapshot;
    this.subscriber.next(snapshot);
  }

  error(error: unknown): void {
    this.subscriber.error(error);
  }

  complete(): void {
    this.subscriber.complete();
  }

  run(): void {
    const { read, task, requestTimeoutMs, waits } = this.options;
    if (!read) {
      this.#miss();
      return;
    }
    const lastRead = defer(() => read(task)).pipe(take(1), timeLimit(requestTimeoutMs, waits));
    this.add(
      lastRead.subscribe({
        next: (snapshot) => (isTerminal(snapshot) ? this.#finish(snapshot) : this.#miss(snapshot)),
        error: (error) => this.#miss(this.#last, error),
        complete: () => this.#miss(),
      }),
    );
  }

  #finish(snapshot: Snapshot): void {
    this.subscriber.next(snapshot);
    this.subscriber.complete();
  }

  #miss(lastSnapshot = this.#last, cause?: unknown): void {
    const { task, deadlineMs } = this.options;
    const standing = lastSnapshot ? `is still ${lastSnapshot.status}` : 'has not answered';
    const reason = cause === undefined ? '' : `, and the last read failed: ${messageOf(cause)}`;
    this.subscriber.error(
      new RushesError('DEADLINE', `the task ${standing} after ${deadlineMs} ms${reason}`, {
        task,
        lastSnapshot,
        cause,
        retryable: true,
      }),
    );
  }

  override unsubscribe(): void {
    this.options.waits.remove(this);
    super.unsubscribe();
  }
}
