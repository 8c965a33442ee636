import type { CloudEvent } from '../envelope/cloud-event.js';

/**
 * The way onto one bus. Wrap one to see, sign or filter what goes through it.
 *
 * @example
 * ```ts
 * const webhook: Publisher = {
 *   async publish(event) {
 *     const headers = { 'content-type': 'application/cloudevents+json' };
 *     const { ok, status } = await fetch(url, { method: 'POST', headers, body: JSON.stringify(event) });
 *     if (!ok) throw new Error(`the webhook answered ${status}`);
 *   },
 * };
 * ```
 */
export interface Publisher {
  /**
   * Resolves once the bus has acknowledged the event, or it is known to have it, or to have the end of its task. Any
   * rejection is tried again, but for a `RushesError` that is not `retryable`. It is not called again for a task before
   * the call before has settled, or was given up.
   */
  publish(event: CloudEvent): PromiseLike<unknown>;
}
