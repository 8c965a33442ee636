import {
  asyncScheduler,
  concat,
  map,
  Observable,
  of,
  race,
  retry,
  type SchedulerLike,
  switchMap,
  takeWhile,
  throwError,
  timeout,
  timer,
} from 'rxjs';
import { messages, type Said } from '../../sse/remote/messages.js';
import { boardPaths, type Listing, toldListing } from '../board-wire.js';

/** What the server says of its tasks: those that are new, and all that there is to know beside them. */
export interface RosterNews extends Listing {
  readonly kind: 'roster';
}

/** How the page stands with its server. */
export type Connection =
  | { readonly kind: 'connecting' | 'live' }
  /** Since when, in epoch milliseconds. */
  | { readonly kind: 'reconnecting'; readonly since: number }
  /** The server does not take this page's token: it is another board than the one that the page was opened for. */
  | { readonly kind: 'locked' };

/** How the roster is asked for. */
export interface RosterOptions {
  /** Asks with the token. */
  readonly fetch: (path: string, init: RequestInit) => Promise<Response>;
  /** Ends a wait for the next try. */
  readonly wake: Observable<unknown>;
  /** @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
  /** @defaultValue `Math.random` */
  readonly random?: () => number;
}

/** Three heartbeats of the server. */
const SILENCE_MS = 45_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;

/** The roster, and how the connection stands; it is made anew when it breaks, until the page is locked out. */
export function rosterNews(options: RosterOptions): Observable<RosterNews | Connection> {
  const { fetch, wake, scheduler = asyncScheduler, random = Math.random } = options;
  return new Observable((subscriber) => {
    let since: number | undefined;
    return connection(fetch)
      .pipe(
        timeout({ each: SILENCE_MS, scheduler }),
        retry({
          delay: (_, nth) => {
            since ??= scheduler.now();
            subscriber.next({ kind: 'reconnecting', since });
            const longest = Math.min(FIRST_WAIT_MS * 2 ** (nth - 1), LONGEST_WAIT_MS);
            return race(timer(longest * (0.5 + random() / 2), scheduler), wake);
          },
          resetOnSuccess: true,
        }),
      )
      .subscribe({
        next: (news) => {
          since = undefined;
          if (news !== 'beat') subscriber.next(news);
        },
        complete: () => subscriber.complete(),
      });
  });
}

/** One connection: it errors when it ends, and completes when it is refused. */
function connection(fetch: RosterOptions['fetch']): Observable<RosterNews | Connection | 'beat'> {
  return new Observable<Response>((subscriber) => {
    const gone = new AbortController();
    fetch(boardPaths.roster, { signal: gone.signal }).then(
      (response) => subscriber.next(response),
      (error: unknown) => subscriber.error(error),
    );
    return () => gone.abort();
  }).pipe(
    switchMap(({ status, body }): Observable<RosterNews | Connection | 'beat'> => {
      if (status === 401 || status === 403) return of({ kind: 'locked' });
      if (status !== 200 || !body) return broken(`the roster was answered with ${status}`);
      return concat(of({ kind: 'live' } as const), messages(body).pipe(map(newsOf)), broken('the roster has ended'));
    }),
    takeWhile((news) => news === 'beat' || news.kind !== 'locked', true),
  );
}

function broken(reason: string): Observable<never> {
  return throwError(() => new Error(reason));
}

/** Whatever is no listing is a sign of life. */
function newsOf(said: Said): RosterNews | 'beat' {
  const listing = said.kind === 'message' ? toldListing(said.data) : undefined;
  return listing ? { kind: 'roster', ...listing } : 'beat';
}
