import type { Subscription } from 'rxjs';
import type { RushesError } from '../../errors.js';
import type { Patience } from '../../operators/patience.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { isLive } from '../../task/snapshot.js';
import { type CloudEvent, tellsEnd } from '../envelope/cloud-event.js';

/** News on its way onto the bus. */
export interface News<T> {
  readonly told: TaskEvent;
  readonly event: CloudEvent;
  /** What is passed on once the bus has it; nothing for the loss of a single watch, whose error is. */
  readonly value: T | undefined;
}

/** What waits of one task, in order; the first may be at the bus, and newer news may take its place here meanwhile. */
export class TaskQueue<T> {
  /** What the first waits for: an answer, or another try. */
  wait: Subscription | undefined;
  /** How long the first is tried. */
  patience: Patience | undefined;
  /** What the stream fails with once the rest has been sent. */
  failure: RushesError | undefined;
  readonly #news: News<T>[] = [];

  constructor(readonly key: string) {}

  get isEmpty(): boolean {
    return this.#news.length === 0;
  }

  /** Whether the end of the task, or the loss of its watch, waits in it. */
  get holdsLast(): boolean {
    const last = this.#news.at(-1);
    return last !== undefined && !isReplaceable(last);
  }

  /** Lets newer live news replace live news that waits. What comes after the end of the task is no news. */
  add(news: News<T>): void {
    const last = this.#news.at(-1);
    if (last && tellsEnd(last.told)) return;
    if (last && isReplaceable(last) && isReplaceable(news)) this.#news.pop();
    this.#news.push(news);
  }

  /** What is to be sent next. */
  first(): News<T> {
    const [first] = this.#news;
    if (!first) throw new Error('an empty queue has nothing to send');
    return first;
  }

  /** `news` has arrived, or is given up. Newer news may have taken its place. */
  close(news: News<T>): void {
    this.patience = undefined;
    if (this.#news[0] === news) this.#news.shift();
  }
}

function isReplaceable({ told }: News<unknown>): boolean {
  return told.kind === 'snapshot' && isLive(told.snapshot);
}
