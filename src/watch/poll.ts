import {
  defer,
  type MonoTypeOperatorFunction,
  type Observable,
  type SchedulerAction,
  type SchedulerLike,
  Subscription,
  switchMap,
  takeWhile,
  tap,
  timer,
} from 'rxjs';
import type { Cadence } from '../cadence/cadence.js';
import type { Waiting, Waits } from '../cadence/waits.js';
import { type RetryOptions, retryTransient } from '../operators/retry-transient.js';
import type { TaskRef } from '../task/ref.js';
import { isSameNews } from '../task/sameness.js';
import { isLive, type Snapshot } from '../task/snapshot.js';
import type { Reporter } from './activity.js';
import type { Reader, ReadMemory } from './read.js';
import type { SnapshotSource } from './snapshot-source.js';
import type { WakeCalls } from './wake-calls.js';

/** What polls are made with. */
export interface PollingOptions {
  readonly read: Reader;
  /** What it answers can be waited for. */
  readonly cadence: Cadence;
  readonly retry: Required<RetryOptions>;
  readonly requestTimeoutMs: number;
  readonly waits: Waits;
  readonly wakes: WakeCalls;
  readonly random: () => number;
  readonly reporter: Reporter;
}

/** Asks about a task, again and again, until it has ended. */
export function pollWith(options: PollingOptions): SnapshotSource {
  const { retry, random, waits, reporter } = options;
  const patiently = retryTransient<Snapshot>({
    ...retry,
    random,
    attemptMs: options.requestTimeoutMs,
    scheduler: waits.wakeable,
    pauseScheduler: waits,
    onRetry: (error, waitMs) =>
      reporter.report(() => ({ kind: 'retrying', task: error.task as TaskRef, error, waitMs })),
    onGiveUp: (error) => reporter.report(() => ({ kind: 'lost', task: error.task as TaskRef, error })),
  });
  return (task) => defer(() => new Poll(task, options, patiently).snapshots());
}

/**
 * The polling of one task. It is the scheduler behind its own `timer`: a tick begins a read, and the next tick comes
 * one wait of the cadence after that read's answer, so that no read is ever overtaken by another.
 */
class Poll extends Subscription implements SchedulerLike, Waiting, ReadMemory {
  dueMs: number;
  order = 0;
  place = -1;
  lastText: string | undefined;
  lastSnapshot: Snapshot | undefined;
  bodyHintMs: number | undefined;
  hintMs: number | undefined;
  wakesBefore = 0;

  readonly task: TaskRef;
  readonly #options: PollingOptions;
  readonly #patiently: MonoTypeOperatorFunction<Snapshot>;
  readonly #startedMs: number;
  #changedMs: number;
  #polls = 0;
  #tick: (() => void) | undefined;

  constructor(task: TaskRef, options: PollingOptions, patiently: MonoTypeOperatorFunction<Snapshot>) {
    super();
    this.task = task;
    this.#options = options;
    this.#patiently = patiently;
    this.dueMs = this.#startedMs = this.#changedMs = options.waits.now();
    options.wakes.listen();
  }

  snapshots(): Observable<Snapshot> {
    return timer(0, 0, this).pipe(
      switchMap(() => this.#read()),
      takeWhile(isLive, true),
    );
  }

  #read(): Observable<Snapshot> {
    const previous = this.lastSnapshot;
    return this.#options.read(this, this.dueMs).pipe(
      this.#patiently,
      // When the answer has been heard, and only while someone still wants more: a cadence that throws loses no news.
      tap({ complete: () => this.#answered(previous) }),
    );
  }

  #answered(previous: Snapshot | undefined): void {
    this.#polls++;
    if (!previous || !isSameNews(previous, this.lastSnapshot as Snapshot)) this.#changedMs = this.now();
    this.#wait();
  }

  now(): number {
    return this.#options.waits.now();
  }

  /** `timer` asks its scheduler for the first tick with `work`; further ones, asked for without, follow the answers. */
  schedule<T>(work?: (this: SchedulerAction<T>, state?: T) => void): Subscription {
    if (work) {
      this.#tick = work as () => void;
      this.#options.waits.add(this);
    }
    return this;
  }

  run(): void {
    this.#tick?.();
  }

  #wait(): void {
    const { waits, reporter } = this.#options;
    const waitMs = this.#waitMs();
    this.dueMs = waits.now() + waitMs;
    waits.add(this);
    reporter.report(() => ({ kind: 'waiting', task: this.task, waitMs }));
  }

  #waitMs(): number {
    const { waits, cadence } = this.#options;
    if (this.hintMs !== undefined) return this.hintMs;
    if (this.wakesBefore !== waits.wakes) return 0;
    const now = waits.now();
    const seen = {
      polls: this.#polls,
      elapsedMs: now - this.#startedMs,
      sinceChangeMs: now - this.#changedMs,
      ...(this.lastSnapshot && { snapshot: this.lastSnapshot }),
    };
    return cadence(seen);
  }

  wokenAtMs(nowMs: number): number | undefined {
    if (this.hintMs !== undefined || this.dueMs <= nowMs) return undefined;
    this.#options.reporter.report(() => ({ kind: 'woken', task: this.task }));
    return nowMs;
  }

  override unsubscribe(): void {
    if (this.closed) return;
    this.#options.waits.remove(this);
    this.#options.wakes.leave();
    super.unsubscribe();
  }
}
