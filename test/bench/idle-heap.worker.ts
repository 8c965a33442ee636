import { map, NEVER, type Observable, type Subscription } from 'rxjs';
import { createBudget, createClient, pollEvery } from '../../src/index.js';
import { arrived, bodyOf, pipeline, plainRequest, provider, scripted, taskId } from './scene.js';

// Prints the bytes that each of many tasks holds once it has answered and waits for its next poll. What they share is
// paid for by a first lot, which is not counted.

const [side = '', count = '0'] = process.argv.slice(2);
const intervalMs = 600_000;
const lot = Number(count);
const ids = Array.from({ length: 2 * lot }, (_, nth) => taskId(nth));
const transport = scripted((id) => arrived(Buffer.from(bodyOf(id))));
const held: Subscription[] = [];
const latest: unknown[] = new Array(ids.length).fill(null);

const client = createClient(provider(), {
  transport,
  cadence: pollEvery(intervalMs),
  wake: NEVER,
  budget: createBudget({ concurrency: 32, perSecond: 1e9, burst: 1e6 }),
});
client.activity.subscribe();

const watchers: Readonly<Record<string, (id: string) => Observable<unknown>>> = {
  client: (id) => client.watch(id, { deadlineMs: 3_600_000 }),
  pipeline: (id) => pipeline(intervalMs, () => transport(plainRequest(id)).pipe(map(({ text }) => text))),
};

async function heapAfter(from: number, to: number): Promise<number> {
  const watch = watchers[side] as (id: string) => Observable<unknown>;
  for (let nth = from; nth < to; nth++) {
    held[nth] = watch(ids[nth] as string).subscribe((snapshot) => {
      latest[nth] = snapshot;
    });
  }
  while (latest.slice(from, to).includes(null)) await new Promise((resolve) => setTimeout(resolve, 20));
  for (let pass = 0; pass < 4; pass++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

const before = await heapAfter(0, lot);
const after = await heapAfter(lot, 2 * lot);
console.log((after - before) / lot);
process.exit();
