import type { Waits } from '../../cadence/waits.js';

/** How long something may take, and how to tell. */
export interface Limit {
  readonly timeoutMs: number;
  readonly waits: Waits;
}

/** What `work` comes to in time. What comes later is dropped; `giveUp` is called when the time is up. */
export function within<T>(work: Promise<T>, { timeoutMs, waits }: Limit, giveUp: () => void = () => {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const limit = waits.schedule(() => {
      reject(new Error(`the browser did not answer within ${timeoutMs} ms`));
      giveUp();
    }, timeoutMs);
    const done = () => limit.unsubscribe();
    work.finally(done).then(resolve, reject);
  });
}
