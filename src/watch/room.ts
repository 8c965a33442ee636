import { Observable, type Subscriber } from 'rxjs';

/** How many more there is room for. */
export class Room {
  #free: number;
  #whenFree: () => void = () => undefined;

  constructor(size: number) {
    this.#free = size;
  }

  get isFree(): boolean {
    return this.#free >= 1;
  }

  enter(): void {
    this.#free--;
  }

  leave(): void {
    this.#free++;
    this.#whenFree();
  }

  onLeave(whenFree: () => void): void {
    this.#whenFree = whenFree;
  }
}

/** What an iterator gives, pulled only while there is room for it; unsubscribing returns the iterator. */
export function whenThereIsRoom<T>(open: () => Iterator<T> | AsyncIterator<T>, room: Room): Observable<T> {
  return new Observable((subscriber) => {
    const puller = new Puller(open(), room, subscriber);
    room.onLeave(() => puller.pull());
    subscriber.add(() => puller.close());
    puller.pull();
  });
}

/** What `source` gives, let in one by one as there is room; the rest waits in line. */
export function inLine<T>(source: Observable<T>, room: Room): Observable<T> {
  return new Observable((subscriber) => {
    const line = new Map<number, T>();
    let [first, last] = [0, 0];
    let isOver = false;
    let isBusy = false;
    const letIn = () => {
      // Whoever is let in may leave in the same breath; one loop sees to all, or 100,000 would overflow the stack.
      if (isBusy) return;
      isBusy = true;
      while (first < last && room.isFree) {
        const next = line.get(first) as T;
        line.delete(first++);
        room.enter();
        subscriber.next(next);
      }
      isBusy = false;
      if (isOver && first === last) subscriber.complete();
    };
    room.onLeave(letIn);
    return source.subscribe({
      next: (value) => {
        line.set(last++, value);
        letIn();
      },
      error: (error) => subscriber.error(error),
      complete: () => {
        isOver = true;
        letIn();
      },
    });
  });
}

class Puller<T> {
  #isBusy = false;
  #isDone = false;

  constructor(
    private readonly iterator: Iterator<T> | AsyncIterator<T>,
    private readonly room: Room,
    private readonly subscriber: Subscriber<T>,
  ) {}

  pull(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (!this.#isDone && this.room.isFree) {
      const result = this.#next();
      if (isPromise(result)) {
        result
          .then(
            (answer) => this.#take(answer),
            (error) => this.#fail(error),
          )
          .then(() => {
            this.#isBusy = false;
            this.pull();
          });
        return;
      }
      this.#take(result);
    }
    this.#isBusy = false;
  }

  close(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    // Whoever left neither waits for an iterator's farewell nor hears of it.
    try {
      const returned = this.iterator.return?.();
      if (isPromise(returned)) returned.then(undefined, () => undefined);
    } catch {}
  }

  #next(): IteratorResult<T> | Promise<IteratorResult<T>> | undefined {
    try {
      return this.iterator.next();
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #take(result: IteratorResult<T> | undefined): void {
    if (this.#isDone) return;
    if (typeof result !== 'object' || result === null) {
      this.#fail(new TypeError(`an iterator of tasks gave ${result}, which is no result`));
    } else if (result.done) {
      this.#isDone = true;
      this.subscriber.complete();
    } else {
      this.room.enter();
      this.subscriber.next(result.value);
    }
  }

  #fail(error: unknown): void {
    this.#isDone = true;
    this.subscriber.error(error);
  }
}

function isPromise<T>(value: T | Promise<T> | undefined): value is Promise<T> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function';
}
