import type { Observable, Subscription } from 'rxjs';
import type { Waits } from '../cadence/waits.js';

/** The option `wake`, listened to once for all watches, while there is one. Its end or error ends nothing else. */
export class WakeCalls {
  #listeners = 0;
  #subscription: Subscription | undefined;

  constructor(
    private readonly wake: Observable<unknown> | undefined,
    private readonly waits: Waits,
  ) {}

  listen(): void {
    if (this.#listeners++ > 0) return;
    this.#subscription = this.wake?.subscribe({ next: () => this.waits.wake(), error: () => undefined });
  }

  leave(): void {
    if (--this.#listeners > 0) return;
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
  }
}
