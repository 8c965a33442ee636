import type { Observable, Subscription } from 'rxjs';
import { isTerminal, type Snapshot } from '../../src/index.js';
import { isSameNews } from '../../src/task/sameness.js';

/** One subscriber, and all that it was told, in order. */
export class Viewer {
  readonly heard: Snapshot[] = [];
  end: 'complete' | { readonly error: unknown } | undefined;
  /** What came after the end; RxJS itself drops what comes after `complete`, so this counts on a bare observer. */
  afterEnd = 0;
  readonly subscription: Subscription | undefined;
  #hasLeft = false;

  constructor(stream: Observable<Snapshot>, onNext: (snapshot: Snapshot, viewer: Viewer) => void = () => undefined) {
    this.subscription = stream.subscribe({
      next: (snapshot) => {
        if (this.end) this.afterEnd++;
        this.heard.push(snapshot);
        onNext(snapshot, this);
      },
      error: (error: unknown) => {
        if (this.end) this.afterEnd++;
        this.end = { error };
      },
      complete: () => {
        if (this.end) this.afterEnd++;
        this.end = 'complete';
      },
    });
    if (this.#hasLeft) this.subscription.unsubscribe();
  }

  get last(): Snapshot | undefined {
    return this.heard.at(-1);
  }

  get error(): unknown {
    return typeof this.end === 'object' ? this.end.error : undefined;
  }

  /** Also from inside its own first news, before `subscribe` has returned. */
  leave(): void {
    this.#hasLeft = true;
    this.subscription?.unsubscribe();
  }

  /** What breaks the grammar of a watch: news*, then a terminal snapshot and `complete`, or an error. */
  get offence(): string | undefined {
    const terminal = this.heard.findIndex(isTerminal);
    if (this.afterEnd > 0) return 'something came after the end';
    if (terminal >= 0 && terminal < this.heard.length - 1) return 'something followed a terminal snapshot';
    if (this.end === 'complete' && terminal < 0) return 'completed without a terminal snapshot';
    if (typeof this.end === 'object' && terminal >= 0) return 'an error followed a terminal snapshot';
    if (terminal >= 0 && this.end !== 'complete' && !this.#hasLeft) return 'did not complete when terminal';
    if (this.heard.some((snapshot, i) => i > 0 && isSameNews(this.heard[i - 1] as Snapshot, snapshot)))
      return 'said twice';
    return undefined;
  }
}
