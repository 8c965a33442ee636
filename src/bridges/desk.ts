import {
  asyncScheduler,
  catchError,
  defer,
  EMPTY,
  finalize,
  identity,
  type MonoTypeOperatorFunction,
  mergeMap,
  type Observable,
  of,
  repeat,
  throwError,
  timeout,
} from 'rxjs';
import { createBudget } from '../budget/budget.js';
import type { Lane } from '../budget/lane.js';
import { Waits } from '../cadence/waits.js';
import { RushesError } from '../errors.js';
import { type RetryTransientOptions, retryTransient } from '../operators/retry-transient.js';
import type { TaskEvent } from '../operators/task-event.js';
import { taskKey } from '../task/ref.js';
import type { Snapshot } from '../task/snapshot.js';
import { toCloudEvent } from './cloud-event.js';
import { Line, type News } from './line.js';
import { busTrouble, publishFailed } from './publish-failed.js';
import { type PublishOptions, publishDefaults } from './publish-options.js';
import type { Publisher } from './publisher.js';

/** Takes news to the bus: a line for each task that has news under way, and room for so many tasks at once. */
export class Desk<T extends Snapshot | TaskEvent> {
  readonly #publisher: Publisher;
  readonly #onRetry: PublishOptions['onRetry'];
  readonly #waits: Waits;
  readonly #lane: Lane;
  readonly #retry: RetryTransientOptions;
  readonly #answerInTime: MonoTypeOperatorFunction<unknown>;
  readonly #lines = new Map<string, Line<T>>();

  constructor(publisher: Publisher, options: PublishOptions) {
    const { concurrency, answerTimeoutMs } = { ...publishDefaults, ...options };
    const { retry, onRetry, scheduler = asyncScheduler, random = Math.random } = options;
    this.#publisher = publisher;
    this.#onRetry = onRetry;
    this.#waits = new Waits(scheduler);
    this.#lane = createBudget({ concurrency, scheduler }).lane('bus', undefined);
    this.#retry = { ...retry, scheduler: this.#waits, random };
    this.#answerInTime = answerWithin(answerTimeoutMs, this.#waits);
  }

  /** What is passed on from now on because of this news: nothing, where its task's line is being worked off already. */
  publish(told: TaskEvent, value?: T): Observable<T> {
    const key = taskKey(told.task);
    const running = this.#lines.get(key);
    const line = running ?? new Line<T>();
    line.add({ told, event: toCloudEvent(told, this.#waits.now()), ...(value && { value }) });
    if (running) return EMPTY;
    this.#lines.set(key, line);
    return this.#publishFirst(line).pipe(
      repeat({ delay: () => (line.isEmpty ? EMPTY : of(undefined)) }),
      finalize(() => this.#lines.delete(key)),
    );
  }

  #publishFirst(line: Line<T>): Observable<T> {
    let sent: News<T>;
    const send = defer(async () => {
      sent = line.send();
      await this.#publisher.publish(sent.event);
    }).pipe(
      this.#answerInTime,
      catchError((error) => {
        line.bringBack();
        throw busTrouble(error);
      }),
    );
    return defer(() => send.pipe(this.#lane.admit(this.#waits.now()))).pipe(
      retryTransient({ ...this.#retry, onRetry: (trouble, waitMs) => this.#onRetry?.(sent.event, trouble, waitMs) }),
      mergeMap(() => {
        line.close();
        return sent.value ? of(sent.value) : EMPTY;
      }),
      catchError((error) => {
        line.close();
        return this.#giveUp(sent, busTrouble(error));
      }),
    );
  }

  #giveUp({ told, event, value }: News<T>, trouble: RushesError): Observable<T> {
    const error = publishFailed(told, event, trouble);
    const isOneOfMany = value !== undefined && 'kind' in value;
    return isOneOfMany ? of({ kind: 'lost', task: told.task, error } as T) : throwError(() => error);
  }
}

/** An attempt that is not answered is not tried again: it may still arrive. */
function answerWithin(ms: number, waits: Waits): MonoTypeOperatorFunction<unknown> {
  if (ms === Number.POSITIVE_INFINITY) return identity;
  const unanswered = () => throwError(() => new RushesError('UNAVAILABLE', `the bus has not answered for ${ms} ms`));
  return timeout({ first: ms, with: unanswered, scheduler: waits });
}
