import { Observable, type SchedulerLike, Subscription, timer } from 'rxjs';
import { createClient, type RushesError, type Snapshot, type TaskRef } from '../../../src/index.js';
import { gateway } from '../../../src/sse/index.js';
import { taskKey } from '../../../src/task/ref.js';
import { isTerminal } from '../../../src/task/snapshot.js';

/** What a task's provider says of it: each at its time, in milliseconds since the start. */
export interface Life {
  readonly task: TaskRef;
  readonly news: readonly { readonly atMs: number; readonly say: Snapshot | RushesError }[];
}

/** What becomes of one request on its way. */
export type Trip =
  | { readonly kind: 'fine' }
  /** Nobody is there. */
  | { readonly kind: 'refused' }
  /** Something on the way answers instead. */
  | { readonly kind: 'answered'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  /** The answer breaks off, ends, or falls silent after so many bytes. */
  | { readonly kind: 'cut'; readonly how: 'break' | 'close' | 'hang'; readonly afterBytes: number }
  /** The head of the answer takes its time. */
  | { readonly kind: 'slow'; readonly ms: number };

export interface Network {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Answers whose body is still being read. */
  open(): number;
  readonly requests: readonly string[];
}

/** A provider's tasks as a source that tells of the past only how things stand, `lagMs` late. */
export function livesSource(lives: readonly Life[], scheduler: SchedulerLike, lagMs: number) {
  const startMs = scheduler.now();
  const byTask = new Map(lives.map((life) => [taskKey(life.task), life]));
  return (task: TaskRef) =>
    new Observable<Snapshot>((viewer) => {
      const nowMs = scheduler.now() - startMs - lagMs;
      const { news = [] } = byTask.get(taskKey(task)) ?? {};
      // Who comes later is told of the end, even where the provider went on to change its mind.
      const end = news.findIndex(({ say }) => !('status' in say) || isTerminal(say));
      const told = end < 0 ? news : news.slice(0, end + 1);
      const past = told.filter(({ atMs }) => atMs <= nowMs).at(-1) ?? news[0];
      const tell = (say: Snapshot | RushesError) => ('status' in say ? viewer.next(say) : viewer.error(say));
      const waits = new Subscription();
      if (past) tell(past.say);
      for (const { atMs, say } of news) {
        if (atMs > Math.max(nowMs, past?.atMs ?? 0))
          waits.add(timer(atMs - nowMs, scheduler).subscribe(() => tell(say)));
      }
      return waits;
    });
}

/** Two gateways over one provider behind one address, and a bad network in between. */
export function twoGateways(
  lives: readonly Life[],
  scheduler: SchedulerLike,
  { lagMs = 0, pick, trip }: { lagMs?: number; pick: (nth: number) => 0 | 1; trip: (nth: number) => Trip },
): Network {
  const handlers = [0, lagMs].map((ms) =>
    gateway({
      client: createClient({ watch: livesSource(lives, scheduler, ms) }, { scheduler }),
      authorize: () => true,
      basePath: '/rushes',
      scheduler,
      random: () => 0.5,
      onError: () => undefined,
    }),
  );
  const requests: string[] = [];
  let open = 0;
  const fetch: Network['fetch'] = async (url, init) => {
    const nth = requests.push(url) - 1;
    const way = trip(nth);
    if (way.kind === 'refused') throw new TypeError('fetch failed');
    if (way.kind === 'answered') return new Response('<html>', { status: way.status, headers: way.headers });
    if (way.kind === 'slow') await passed(way.ms, scheduler, init.signal ?? undefined);
    const response = await (handlers[pick(nth)] as (typeof handlers)[0])(new Request(url, init));
    if (!response.body) return response;
    open++;
    return new Response(
      carried(response.body, way, () => open--),
      response,
    );
  };
  return { fetch, open: () => open, requests };
}

function passed(ms: number, scheduler: SchedulerLike, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const wait = timer(ms, scheduler).subscribe(() => resolve());
    signal?.addEventListener('abort', () => {
      wait.unsubscribe();
      reject(signal.reason);
    });
  });
}

/** A body on its way; what is cut off lets go of its source, as a network does sooner or later. */
function carried(body: ReadableStream<Uint8Array>, way: Trip, onOver: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let left = way.kind === 'cut' ? way.afterBytes : Number.POSITIVE_INFINITY;
  let isOver = false;
  const over = () => {
    if (!isOver) onOver();
    isOver = true;
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        const part = value?.subarray(0, left);
        if (part && part.length > 0) controller.enqueue(part);
        left -= part?.length ?? 0;
        if (left === 0 && way.kind === 'cut' && way.how === 'hang') return new Promise(() => undefined);
        if (!done && left > 0) return;
        over();
        if (!done) await reader.cancel();
        if (!done && way.kind === 'cut' && way.how === 'break') controller.error(new TypeError('terminated'));
        else controller.close();
      },
      async cancel() {
        over();
        await reader.cancel();
      },
    },
    { highWaterMark: 0 },
  );
}
