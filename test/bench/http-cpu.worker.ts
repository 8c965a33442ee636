import { createClient, pollEvery } from '../../src/index.js';
import { plainRequest, provider, taskId } from './scene.js';

// Prints the CPU time of one poll over real HTTP, in microseconds.

const [side = '', base = ''] = process.argv.slice(2);
const warmUp = 6_000;
const measured = 6_000;
const concurrency = 32;

let asked = 0;
let before = process.cpuUsage();

function count(): void {
  asked++;
  if (asked === warmUp) before = process.cpuUsage();
  if (asked !== warmUp + measured) return;
  const { user, system } = process.cpuUsage(before);
  console.log((user + system) / measured);
  process.exit();
}

async function poll(id: string): Promise<never> {
  const { url, headers } = plainRequest(id, base);
  for (;;) {
    count();
    const response = await fetch(url, { headers });
    JSON.parse(await response.text());
  }
}

if (side === 'client') {
  const counted = (url: string, init: RequestInit): Promise<Response> => {
    count();
    return fetch(url, init);
  };
  const client = createClient(provider(base), { cadence: pollEvery(100), fetch: counted });
  // More than the budget lets ask at once, so that always as many ask.
  for (let nth = 0; nth < 16 * concurrency; nth++) client.watch(taskId(nth)).subscribe();
} else {
  for (let nth = 0; nth < concurrency; nth++) poll(taskId(nth));
}
