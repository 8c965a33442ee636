import {
  asyncScheduler,
  concatMap,
  interval,
  map,
  merge,
  type Observable,
  type SchedulerLike,
  Subject,
  takeUntil,
} from 'rxjs';
import type { Listing } from './roster.js';

/** How many messages wait for a reader that does not read. */
const MESSAGES_WAITING = 64;

/** A message of more would be too long for its reader. */
const TASKS_PER_MESSAGE = 500;

/** How a listing is streamed. */
export interface RosterStreamOptions {
  /** @defaultValue `15_000` */
  readonly heartbeatMs?: number;
  /** @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
}

/** The default of {@link RosterStreamOptions} that is a plain value. */
export const rosterStreamDefaults = Object.freeze({ heartbeatMs: 15_000 } satisfies RosterStreamOptions);

/** Listings as server-sent events: the first has all tasks, each later one those that are new, and all have all notices. */
export function rosterStream(listings: Observable<Listing>, options: RosterStreamOptions = {}): Response {
  const { heartbeatMs = rosterStreamDefaults.heartbeatMs, scheduler = asyncScheduler } = options;
  let told = 0;
  const news = listings.pipe(
    concatMap(({ tasks, notices }) => {
      const added = tasks.slice(told);
      told = tasks.length;
      const parts = Math.max(Math.ceil(added.length / TASKS_PER_MESSAGE), 1);
      return Array.from({ length: parts }, (_, nth) => {
        const part = added.slice(nth * TASKS_PER_MESSAGE, (nth + 1) * TASKS_PER_MESSAGE);
        return `data: ${JSON.stringify({ tasks: part, notices })}\n\n`;
      });
    }),
  );
  const beats = interval(heartbeatMs, scheduler).pipe(map(() => ':\n\n'));
  const encoder = new TextEncoder();
  const over = new Subject<void>();
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        // A listing is told at once, so it may be over before there is a subscription to end.
        merge(news, beats)
          .pipe(takeUntil(over))
          .subscribe({
            next: (message) => {
              controller.enqueue(encoder.encode(message));
              if ((controller.desiredSize ?? 0) > 0) return;
              // Nobody reads. Whoever comes back is told of all tasks anew.
              over.next();
              controller.error(new Error('the reader does not read'));
            },
            error: (error: unknown) => controller.error(error),
          });
      },
      cancel: () => over.next(),
    },
    { highWaterMark: MESSAGES_WAITING },
  );
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'private, no-store, no-transform' },
  });
}
