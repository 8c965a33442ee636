import { filter, type Observable } from 'rxjs';
import { isPageHidden, pageEvent } from './page-event.js';

/**
 * Says when the tab becomes visible, for the option `wake`: browsers slow down the timers of hidden tabs, to one in a
 * minute. It listens while it is subscribed to, and is silent where there is no document.
 *
 * @example
 * ```ts
 * const client = createClient(provider, { wake: wakeOnVisible() });
 * client.watch(task).subscribe(render); // asks at once when the tab comes to the front
 * ```
 */
export function wakeOnVisible(): Observable<unknown> {
  return pageEvent('document', 'visibilitychange').pipe(filter(() => !isPageHidden()));
}
