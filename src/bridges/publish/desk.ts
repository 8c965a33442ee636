import { type Subscriber, Subscription } from 'rxjs';
import { Waits } from '../../cadence/waits.js';
import { RushesError } from '../../errors.js';
import { Patience, type PatienceLimits } from '../../operators/patience.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { taskKey } from '../../task/ref.js';
import type { Snapshot } from '../../task/snapshot.js';
import { toCloudEvent } from '../envelope/cloud-event.js';
import { Line, type News } from './line.js';
import { busTrouble, publishFailed } from './publish-failed.js';
import type { PublishSettings } from './publish-options.js';
import type { Publisher } from './publisher.js';

/**
 * Takes news to the bus, and passes on what has arrived: a line for each task that has news under way, and room for so
 * many tasks at once. Leaving it leaves everything where it is.
 */
export class Desk<T extends Snapshot | TaskEvent> extends Subscription {
  readonly #publisher: Publisher;
  readonly #passOn: Subscriber<T>;
  readonly #onRetry: PublishSettings['onRetry'];
  readonly #random: () => number;
  readonly #waits: Waits;
  readonly #limits: PatienceLimits;
  readonly #lines = new Map<string, Line<T>>();
  /** The lines whose first may be sent, in order. */
  readonly #ready = new Set<Line<T>>();
  #room: number;
  #isSending = false;
  #end: { readonly error?: unknown } | undefined;

  constructor(publisher: Publisher, settings: PublishSettings, passOn: Subscriber<T>) {
    super(() => {
      for (const line of this.#lines.values()) line.wait?.unsubscribe();
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
    const known = this.#lines.get(key);
    const line = known ?? new Line<T>(key);
    line.add({ told, event: toCloudEvent(told, this.#waits.now()), value });
    if (known) return;
    this.#lines.set(key, line);
    this.#ready.add(line);
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
    for (const line of this.#ready) {
      if (this.closed || this.#room < 1) break;
      this.#ready.delete(line);
      this.#sendFirst(line);
    }
    this.#isSending = false;
  }

  #sendFirst(line: Line<T>): void {
    const { attemptMs } = this.#limits;
    line.patience ??= new Patience(this.#limits, this.#waits, this.#random);
    const news = line.first();
    let isOut = true;
    this.#room--;
    const end = (then: () => void) => {
      if (!isOut || this.closed) return;
      isOut = false;
      this.#room++;
      line.wait?.unsubscribe();
      then();
      this.#send();
      this.#endWhenDone();
    };
    // What is not answered is not tried again: it may still arrive.
    const late = () => end(() => this.#giveUp(line, news, unanswered(attemptMs)));
    line.wait = attemptMs === Number.POSITIVE_INFINITY ? undefined : this.#waits.schedule(late, attemptMs);
    answerOf(this.#publisher, news).then(
      () => end(() => this.#pass(line, news, news.value)),
      (error) => end(() => this.#refused(line, news, busTrouble(error))),
    );
  }

  #refused(line: Line<T>, news: News<T>, trouble: RushesError): void {
    try {
      const waitMs = line.patience?.waitAfter(trouble);
      if (waitMs === undefined) throw trouble;
      this.#onRetry?.(news.event, trouble, waitMs);
      line.wait = this.#waits.schedule(() => this.#tryAgain(line), waitMs);
    } catch (error) {
      this.#giveUp(line, news, busTrouble(error));
    }
  }

  #tryAgain(line: Line<T>): void {
    this.#ready.add(line);
    this.#send();
  }

  #giveUp(line: Line<T>, news: News<T>, trouble: RushesError): void {
    const { told, event, value } = news;
    const error = publishFailed(told, event, trouble);
    const isOneOfMany = value !== undefined && 'kind' in value;
    if (!isOneOfMany) line.failure = error;
    this.#pass(line, news, isOneOfMany ? ({ kind: 'lost', task: told.task, error } as TaskEvent as T) : undefined);
  }

  #pass(line: Line<T>, news: News<T>, value: T | undefined): void {
    line.close(news);
    if (value) this.#passOn.next(value);
    // An end is sent although what came before it was given up. Who hears of news may have said more of the task.
    if (line.failure && !line.holdsLast) this.#passOn.error(line.failure);
    else if (line.isEmpty) this.#lines.delete(line.key);
    else this.#ready.add(line);
  }

  #endWhenDone(): void {
    if (!this.#end || this.#lines.size > 0) return;
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
