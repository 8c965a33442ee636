import { type Subscriber, Subscription } from 'rxjs';
import { Waits } from '../../cadence/waits.js';
import { RushesError } from '../../errors.js';
import { Patience, type PatienceLimits } from '../../operators/patience.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { taskKey } from '../../task/ref.js';
import type { Snapshot } from '../../task/snapshot.js';
import { toCloudEvent } from '../envelope/cloud-event.js';
import { busTrouble, publishFailed } from './publish-failed.js';
import type { PublishSettings } from './publish-options.js';
import type { Publisher } from './publisher.js';
import { type News, TaskQueue } from './task-queue.js';

/**
 * Takes news to the bus, and passes on what has arrived: a queue for each task that has news under way, and room for so
 * many tasks at once. Leaving it leaves everything where it is.
 */
export class Dispatcher<T extends Snapshot | TaskEvent> extends Subscription {
  readonly #publisher: Publisher;
  readonly #passOn: Subscriber<T>;
  readonly #onRetry: PublishSettings['onRetry'];
  readonly #random: () => number;
  readonly #waits: Waits;
  readonly #limits: PatienceLimits;
  readonly #queues = new Map<string, TaskQueue<T>>();
  /** The queues whose first may be sent, in order. */
  readonly #ready = new Set<TaskQueue<T>>();
  #room: number;
  #isSending = false;
  #end: { readonly error?: unknown } | undefined;

  constructor(publisher: Publisher, settings: PublishSettings, passOn: Subscriber<T>) {
    super(() => {
      for (const queue of this.#queues.values()) queue.wait?.unsubscribe();
    });
    const { concurrency, answerTimeoutMs: attemptMs, retry, onRetry, scheduler, random } = settings;
    this.#publisher = publisher;
    this.#passOn = passOn;
    this.#onRetry = onRetry;
    this.#random = random;
    this.#waits = new Waits(scheduler);
    this.#limits = { ...retry, attemptMs };
    this.#room = concurrency;
  }

  /** Brings it to the bus, and then passes `value` on, if it is not replaced before. */
  publish(told: TaskEvent, value: T | undefined): void {
    const key = taskKey(told.task);
    const known = this.#queues.get(key);
    const queue = known ?? new TaskQueue<T>(key);
    queue.add({ told, event: toCloudEvent(told, this.#waits.now()), value });
    if (known) return;
    this.#queues.set(key, queue);
    this.#ready.add(queue);
    this.#send();
  }

  /** Nothing more comes: ends once all has arrived, with the error if there is one. */
  finish(end: { readonly error?: unknown } = {}): void {
    this.#end = end;
    this.#endWhenDone();
  }

  /** Sends what there is room for. What is sent may cause more in the same breath; one loop sees to all of it. */
  #send(): void {
    if (this.#isSending) return;
    this.#isSending = true;
    for (const queue of this.#ready) {
      if (this.closed || this.#room < 1) break;
      this.#ready.delete(queue);
      this.#sendFirst(queue);
    }
    this.#isSending = false;
  }

  #sendFirst(queue: TaskQueue<T>): void {
    const { attemptMs } = this.#limits;
    queue.patience ??= new Patience(this.#limits, this.#waits, this.#random);
    const news = queue.first();
    let isOut = true;
    this.#room--;
    const end = (then: () => void) => {
      if (!isOut || this.closed) return;
      isOut = false;
      this.#room++;
      queue.wait?.unsubscribe();
      then();
      this.#send();
      this.#endWhenDone();
    };
    // What is not answered is not tried again: it may still arrive.
    const late = () => end(() => this.#giveUp(queue, news, unanswered(attemptMs)));
    queue.wait = attemptMs === Number.POSITIVE_INFINITY ? undefined : this.#waits.schedule(late, attemptMs);
    answerOf(this.#publisher, news).then(
      () => end(() => this.#pass(queue, news, news.value)),
      (error) => end(() => this.#refused(queue, news, busTrouble(error))),
    );
  }

  #refused(queue: TaskQueue<T>, news: News<T>, trouble: RushesError): void {
    try {
      const waitMs = queue.patience?.waitAfter(trouble);
      if (waitMs === undefined) throw trouble;
      this.#onRetry?.(news.event, trouble, waitMs);
      queue.wait = this.#waits.schedule(() => this.#tryAgain(queue), waitMs);
    } catch (error) {
      this.#giveUp(queue, news, busTrouble(error));
    }
  }

  #tryAgain(queue: TaskQueue<T>): void {
    this.#ready.add(queue);
    this.#send();
  }

  #giveUp(queue: TaskQueue<T>, news: News<T>, trouble: RushesError): void {
    const { told, event, value } = news;
    const error = publishFailed(told, event, trouble);
    const isOneOfMany = value !== undefined && 'kind' in value;
    if (!isOneOfMany) queue.failure = error;
    this.#pass(queue, news, isOneOfMany ? ({ kind: 'lost', task: told.task, error } as TaskEvent as T) : undefined);
  }

  #pass(queue: TaskQueue<T>, news: News<T>, value: T | undefined): void {
    queue.close(news);
    if (value) this.#passOn.next(value);
    // An end is sent although what came before it was given up. Who hears of news may have said more of the task.
    if (queue.failure && !queue.holdsLast) this.#passOn.error(queue.failure);
    else if (queue.isEmpty) this.#queues.delete(queue.key);
    else this.#ready.add(queue);
  }

  #endWhenDone(): void {
    if (!this.#end || this.#queues.size > 0) return;
    if ('error' in this.#end) this.#passOn.error(this.#end.error);
    else this.#passOn.complete();
  }
}

/** A publisher may throw, or answer nothing at all. */
async function answerOf(publisher: Publisher, { event }: News<unknown>): Promise<void> {
  await publisher.publish(event);
}

function unanswered(ms: number): RushesError {
  return new RushesError('UNAVAILABLE', `the bus has not answered for ${ms} ms`, { retryable: true });
}
