import { Observable } from 'rxjs';
import type { TabLocks } from './platform.js';

/** How {@link heldLock} comes to its lock. */
export interface HeldLockOptions {
  /** Takes the lock from whoever holds it, before all who wait for it. */
  readonly steal: boolean;
}

/**
 * A lock of this browser: says so when it is held. The error is that it was stolen, or, before it was held, that it
 * cannot be had. Unsubscribing lets go of it, or no longer waits for it.
 */
export function heldLock(locks: TabLocks, name: string, { steal }: HeldLockOptions): Observable<true> {
  return new Observable((subscriber) => {
    const waiting = new AbortController();
    let letGo: () => void = () => undefined;
    // Whoever steals cannot stop waiting, so it may be held when nobody wants it any more.
    const held = () => {
      if (subscriber.closed) return undefined;
      const untilLetGo = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      subscriber.next(true);
      return untilLetGo;
    };
    locks.request(name, steal ? { steal } : { signal: waiting.signal }, held).then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
    return () => {
      waiting.abort();
      letGo();
    };
  });
}
