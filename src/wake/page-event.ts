import { defer, fromEvent, NEVER, type Observable } from 'rxjs';

/**
 * The events named `name` of the page's document or window, listened to while somebody does; `NEVER` where there is
 * none, so that a server can import and even subscribe.
 */
export function pageEvent(of: 'document' | 'window', name: string): Observable<Event> {
  return defer(() => {
    const target = (globalThis as Partial<Record<typeof of, EventTarget>>)[of];
    return typeof target?.addEventListener === 'function' ? fromEvent<Event>(target, name) : NEVER;
  });
}

/** Whether nobody can see the page; what has no document is never hidden. */
export function isPageHidden(): boolean {
  return (globalThis as { document?: Partial<Document> }).document?.visibilityState === 'hidden';
}
