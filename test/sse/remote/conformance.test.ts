import { ReplaySubject } from 'rxjs';
import { describe, it } from 'vitest';
import { createClient, type Snapshot } from '../../../src/index.js';
import { gateway, remote } from '../../../src/sse/index.js';
import { taskKey } from '../../../src/task/ref.js';
import { createClock, type SourceWorld, sourceConformance } from '../../../src/testing/index.js';

/** A remote before a gateway whose client is told what is said; each has a clock of its own, so that both can be looked at. */
function open(): SourceWorld {
  const [near, far] = [createClock(), createClock()];
  const said = new Map<string, ReplaySubject<Snapshot>>();
  const of = (key: string) => said.get(key) ?? said.set(key, new ReplaySubject(1)).get(key);
  const client = createClient((task) => of(taskKey(task)) as ReplaySubject<Snapshot>, { scheduler: far });
  const handle = gateway({ client, authorize: () => true, basePath: '/rushes', scheduler: far });
  let reading = 0;
  const fetch = async (url: string, init: RequestInit) => {
    const response = await handle(new Request(url, init));
    const reader = response.body?.getReader();
    reading++;
    let isOver = false;
    const over = () => {
      if (!isOver) reading--;
      isOver = true;
    };
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (value) controller.enqueue(value);
        if (!done) return;
        over();
        controller.close();
      },
      cancel: (reason) => {
        over();
        return reader?.cancel(reason);
      },
    });
    return new Response(body, response);
  };
  const source = remote('https://my.app/rushes', { fetch, scheduler: near }).watch;
  return {
    source,
    say: (snapshot) => of(taskKey(snapshot.task))?.next(snapshot),
    settle: async () => {
      for (let turn = 0; turn < 5; turn++) {
        await near.advance(1);
        await far.advance(1);
      }
    },
    busy: () => near.pending + reading,
  };
}

describe('the source of a remote', () => {
  for (const { name, run } of sourceConformance({ open, supports: { late: true } })) it(name, run);
});
