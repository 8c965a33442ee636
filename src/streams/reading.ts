import { type Observable, type Observer, Subscription } from 'rxjs';
import { invalidArgument } from '../errors.js';
import { Backlog } from './backlog.js';
import { Fifo } from './fifo.js';
import type { IterateSettings } from './iterate-options.js';

type Result<T> = IteratorResult<T, undefined>;

interface Reader<T> {
  resolve(result: Result<T>): void;
  reject(error: unknown): void;
}

/**
 * One subscription that is read item by item: either items wait for readers or readers for items. It is its own
 * subscription, so that a source that never stops to breathe sees at once that it was left.
 */
export class Reading<T> extends Subscription implements Observer<T> {
  readonly #settings: IterateSettings;
  #backlog: Backlog<T>;
  readonly #readers = new Fifo<Reader<T>>();
  #source: Observable<T> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(source: Observable<T>, settings: IterateSettings) {
    super();
    this.#source = source;
    this.#settings = settings;
    this.#backlog = new Backlog(settings);
  }

  /** The next item, or the end; the first call subscribes. */
  take(): Promise<Result<T>> {
    const waiting = this.#backlog.take();
    if (waiting) return Promise.resolve({ done: false, value: waiting.value });
    if (this.closed) return this.#end();
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject });
      const source = this.#source;
      this.#source = undefined;
      source?.subscribe(this);
    });
  }

  /** Unsubscribes; what waits is forgotten, and whoever waits is told that it is over. */
  leave(): void {
    this.#failure = undefined;
    this.#backlog = new Backlog(this.#settings);
    this.#finish();
  }

  next(value: T): void {
    if (this.closed) return;
    const reader = this.#readers.shift();
    if (reader) reader.resolve({ done: false, value });
    else if (!this.#backlog.add(value)) this.error(tooMany(this.#settings));
  }

  error(error: unknown): void {
    if (this.closed) return;
    const reader = this.#readers.shift();
    if (reader) reader.reject(error);
    else this.#failure = { error };
    this.#finish();
  }

  complete(): void {
    this.#finish();
  }

  #finish(): void {
    for (let reader = this.#readers.shift(); reader; reader = this.#readers.shift()) reader.resolve(over);
    this.unsubscribe();
  }

  #end(): Promise<Result<T>> {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure ? Promise.reject(failure.error) : Promise.resolve(over);
  }
}

const over = Object.freeze({ done: true, value: undefined });

function tooMany({ label, maxBuffered }: IterateSettings): Error {
  return invalidArgument(
    `${label}.maxBuffered`,
    "room for all that comes while its reader is busy, or overflow: 'drop-oldest'",
    maxBuffered,
  );
}
