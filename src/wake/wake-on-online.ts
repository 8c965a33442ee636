import type { Observable } from 'rxjs';
import { pageEvent } from './page-event.js';

/**
 * Says when the browser finds its network again, for the option `wake`: no retry waits on. It listens while it is
 * subscribed to, and is silent where there is no window.
 *
 * @example
 * ```ts
 * const client = createClient(provider, { wake: merge(wakeOnVisible(), wakeOnOnline()) });
 * client.watch(task).subscribe(render); // asks at once when the network is back
 * ```
 */
export function wakeOnOnline(): Observable<unknown> {
  return pageEvent('window', 'online');
}
