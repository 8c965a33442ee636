import { merge } from 'rxjs';
import {
  pauseWhileHidden,
  shareAcrossTabs,
  wakeAfterSleep,
  wakeOnOnline,
  wakeOnVisible,
} from '../../../src/browser.js';
import { cometapi, createClient, isRushesError, pollEvery, pollSource, type TaskLike } from '../../../src/index.js';

/** What a test may ask of a page. */
export interface TabsPage {
  watch(id?: string): void;
  leave(): void;
  readonly heard: string[];
  end(): string | undefined;
}

const query = new URLSearchParams(location.search);
const tab = query.get('tab') ?? '';
const everyMs = Number(query.get('every') ?? 200);
const polled = pollSource(cometapi({ apiKey: 'any', baseUrl: location.origin }), {
  cadence: pollEvery(everyMs),
  retry: { initialMs: everyMs, maxMs: everyMs },
  wake: merge(wakeOnVisible(), wakeOnOnline(), wakeAfterSleep()),
  fetch: (url: string, init: RequestInit) => fetch(`${url}?tab=${tab}`, init),
});
const scope = query.get('scope');
const shared = scope ? shareAcrossTabs({ scope, intervalMs: 1_000 })(polled) : { watch: polled };
const client = createClient(query.has('pause') ? pauseWhileHidden()(shared) : shared);

let ended: string | undefined;
let watching = { unsubscribe: () => {} };
const heard: string[] = [];
const page: TabsPage = {
  heard,
  watch: (id = 'task_1') => {
    const task: TaskLike = { provider: 'cometapi', id };
    watching = client.watch(task).subscribe({
      next: ({ status, progress }) => heard.push(progress === undefined ? status : `${status} ${progress}`),
      error: (error: unknown) => {
        ended = isRushesError(error) ? error.code : String(error);
      },
      complete: () => {
        ended = 'complete';
      },
    });
  },
  leave: () => watching.unsubscribe(),
  end: () => ended,
};
Object.assign(globalThis, { page });
if (!query.has('wait')) page.watch();
