import { Fifo } from './fifo.js';
import type { IterateSettings } from './iterate-options.js';
import { newsOf } from './news-of.js';

/** An item that waits. */
export interface Waiting<T> {
  value: T;
  /** Its place among all. */
  readonly nth: number;
  /** The task that it is live news of. */
  readonly key: string | undefined;
}

/**
 * What came while nobody took it. Live news of a task is replaced by newer live news of it, in its place; when more wait
 * than may, the oldest that may be missed gives way. The end of a task, or of its watch, is kept whatever happens.
 */
export class Backlog<T> {
  /** Two lines, so that the oldest that may be missed is found without a search; the first of all is one of their firsts. */
  readonly #kept = new Fifo<Waiting<T>>();
  readonly #missable = new Fifo<Waiting<T>>();
  readonly #liveOf = new Map<string, Waiting<T>>();
  readonly #settings: IterateSettings;
  #nth = 0;

  constructor(settings: IterateSettings) {
    this.#settings = settings;
  }

  /** Whether nothing is wrong: `false` is said of a value that must not be missed and for which there is no room. */
  add(value: T): boolean {
    const news = newsOf(value);
    const older = news && this.#liveOf.get(news.key);
    if (older && news.isLive) {
      older.value = value;
      return true;
    }
    // What is said of a task after its end must not take the place of what was said before it.
    if (older) this.#liveOf.delete(news.key);
    const mayBeMissed = news ? news.isLive : this.#settings.overflow === 'drop-oldest';
    const hasRoom = this.#size < this.#settings.maxBuffered || this.#giveWay() !== undefined;
    if (!hasRoom && mayBeMissed) return true;
    if (!hasRoom && !news) return false;
    const waiting = { value, nth: this.#nth++, key: news?.isLive ? news.key : undefined };
    (mayBeMissed ? this.#missable : this.#kept).push(waiting);
    if (waiting.key !== undefined) this.#liveOf.set(waiting.key, waiting);
    return true;
  }

  /** The next in line. */
  take(): Waiting<T> | undefined {
    const kept = this.#kept.first;
    const missable = this.#missable.first;
    if (kept && !(missable && missable.nth < kept.nth)) return this.#kept.shift();
    return this.#giveWay();
  }

  get #size(): number {
    return this.#kept.size + this.#missable.size;
  }

  #giveWay(): Waiting<T> | undefined {
    const waiting = this.#missable.shift();
    if (waiting?.key !== undefined && this.#liveOf.get(waiting.key) === waiting) this.#liveOf.delete(waiting.key);
    return waiting;
  }
}
