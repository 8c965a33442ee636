import type { Subscription } from 'rxjs';
import type { Patience } from '../operators/patience.js';
import type { TaskEvent } from '../operators/task-event.js';
import { isLive, isTerminal } from '../task/snapshot.js';
import type { CloudEvent } from './cloud-event.js';

/** News on its way onto the bus. */
export interface News<T> {
  readonly told: TaskEvent;
  readonly event: CloudEvent;
  /** What is passed on once the bus has it; nothing for the loss of a single watch, whose error is. */
  readonly value: T | undefined;
}

/** What waits of one task, in order; the first may be out, that is, at the bus and not answered. */
export class Line<T> {
  /** What the first waits for: an answer, or another try. */
  wait: Subscription | undefined;
  /** How long the first is tried. */
  patience: Patience | undefined;
  readonly #news: News<T>[] = [];
  #isOut = false;

  constructor(readonly key: string) {}

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

  /** The first has not arrived, and waits again, unless newer live news has come meanwhile. */
  bringBack(): void {
    this.#isOut = false;
    const [first, second] = this.#news;
    if (first && second && isReplaceable(first) && isReplaceable(second)) this.#news.shift();
  }

  /** `news` has arrived, or is given up. Newer news may have taken its place. */
  close(news: News<T>): void {
    this.#isOut = false;
    this.patience = undefined;
    if (this.#news[0] === news) this.#news.shift();
  }
}

function isReplaceable({ told }: News<unknown>): boolean {
  return told.kind === 'snapshot' && isLive(told.snapshot);
}

function isEnd({ told }: News<unknown>): boolean {
  return told.kind === 'snapshot' && isTerminal(told.snapshot);
}
