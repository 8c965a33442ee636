import type { TaskEvent } from '../operators/task-event.js';
import { isLive, isTerminal } from '../task/snapshot.js';
import type { CloudEvent } from './cloud-event.js';

/** News on its way onto the bus. */
export interface News<T> {
  readonly told: TaskEvent;
  readonly event: CloudEvent;
  /** What is passed on once the bus has it; nothing for the loss of a single watch, whose error is. */
  readonly value?: T;
}

/** What waits of one task, in order; the first may be out, that is, at the bus and not acknowledged. */
export class Line<T> {
  readonly #news: News<T>[] = [];
  #isOut = false;

  get isEmpty(): boolean {
    return this.#news.length === 0;
  }

  /** Lets newer live news replace live news that waits. What comes after the end of the task is no news. */
  add(news: News<T>): void {
    const last = this.#news.at(-1);
    if (last && isEnd(last)) return;
    const isLastOut = this.#isOut && this.#news.length === 1;
    if (last && !isLastOut && isReplaceable(last) && isReplaceable(news)) this.#news.pop();
    this.#news.push(news);
  }

  /** The first, which nothing replaces while it is out. */
  send(): News<T> {
    const [first] = this.#news;
    if (!first) throw new Error('an empty line has nothing to send');
    this.#isOut = true;
    return first;
  }

  /** The first has not arrived, and waits again. */
  bringBack(): void {
    this.#isOut = false;
  }

  /** The first has arrived, or is given up. */
  close(): void {
    this.#isOut = false;
    this.#news.shift();
  }
}

function isReplaceable({ told }: News<unknown>): boolean {
  return told.kind === 'snapshot' && isLive(told.snapshot);
}

function isEnd({ told }: News<unknown>): boolean {
  return told.kind === 'snapshot' && isTerminal(told.snapshot);
}
