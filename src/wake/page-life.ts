import { filter, map, merge, type Observable } from 'rxjs';
import { pageEvent } from './page-event.js';

/** What a browser does to a page that it keeps without running it. */
export type PageLife = 'suspended' | 'resumed';

/**
 * When the page is frozen or put away for "back", and when it runs again, where the browser says so. A page that goes
 * for good is `suspended` last.
 */
export function pageLife(): Observable<PageLife> {
  const suspended = merge(pageEvent('document', 'freeze'), pageEvent('window', 'pagehide'));
  const shownAgain = pageEvent('window', 'pageshow').pipe(filter((event) => (event as PageTransitionEvent).persisted));
  return merge(
    suspended.pipe(map(() => 'suspended' as const)),
    merge(pageEvent('document', 'resume'), shownAgain).pipe(map(() => 'resumed' as const)),
  );
}
