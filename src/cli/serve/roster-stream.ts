import {
  asyncScheduler,
  BehaviorSubject,
  delay,
  filter,
  firstValueFrom,
  map,
  merge,
  type Observable,
  type SchedulerLike,
  Subject,
  switchMap,
  take,
  takeUntil,
  timer,
} from 'rxjs';
import { eventAnswer } from '../../sse/gateway/answer.js';
import { eventStreamDefaults } from '../../sse/index.js';
import type { Listing } from '../board-wire.js';

/** A message of more would be too long for its reader. */
const TASKS_PER_MESSAGE = 500;

/** How a listing is streamed: as the gateway's streams are, unless somebody says otherwise. */
export interface RosterStreamOptions {
  /** How long nothing may be said; then a comment is. @defaultValue `15_000` */
  readonly heartbeatMs?: number;
  /** How long a reader may take nothing of what waits for it; then the stream breaks. @defaultValue `30_000` */
  readonly stallTimeoutMs?: number;
  /** @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
}

/**
 * Listings as server-sent events, written when the reader takes them: first all tasks, then those that are new, each once,
 * and with them all notices. What waits is the latest listing, however long it is.
 */
export function rosterStream(listings: Observable<Listing>, options: RosterStreamOptions = {}): Response {
  const { heartbeatMs, stallTimeoutMs, scheduler = asyncScheduler } = { ...eventStreamDefaults, ...options };
  const latest = new BehaviorSubject<Listing>({ tasks: [], notices: [] });
  const taken = new BehaviorSubject(undefined);
  const over = new Subject<void>();
  const encoder = new TextEncoder();
  let told = { tasks: 0, notices: latest.value.notices };

  const isNews = ({ tasks, notices }: Listing) => tasks.length > told.tasks || notices !== told.notices;
  const due = merge(latest.pipe(filter(isNews)), timer(heartbeatMs, scheduler)).pipe(take(1));
  const message = () => {
    const { tasks, notices } = latest.value;
    if (!isNews(latest.value)) return ':\n\n';
    const part = tasks.slice(told.tasks, told.tasks + TASKS_PER_MESSAGE);
    told = { tasks: told.tasks + part.length, notices };
    return `data: ${JSON.stringify({ tasks: part, notices })}\n\n`;
  };

  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const stalled = taken.pipe(switchMap(() => due.pipe(delay(stallTimeoutMs, scheduler))));
        const fail = (error: unknown) => {
          over.next();
          controller.error(error);
        };
        // An error of the listings comes here by way of what waits for them.
        stalled.pipe(takeUntil(over)).subscribe({
          next: () => fail(new Error(`the reader took nothing for ${stallTimeoutMs} ms`)),
          error: fail,
        });
        listings.pipe(takeUntil(over)).subscribe(latest);
      },
      async pull(controller) {
        const text = await firstValueFrom(due.pipe(map(message), takeUntil(over)), { defaultValue: '' });
        taken.next(undefined);
        if (text !== '') controller.enqueue(encoder.encode(text));
      },
      cancel: () => over.next(),
    },
    { highWaterMark: 0 },
  );
  return eventAnswer(body);
}
