import { createClient, pollEvery } from '../../src/index.js';
import { plainRequest, provider, taskId } from './scene.js';

// Prints the CPU time of one poll over real HTTP, in microseconds.

const [side = '', base = ''] = process.argv.slice(2);
const warmUp = 2_000;
const measured = 6_000;
const concurrency = 32;

let answered = 0;
let before = process.cpuUsage();

function count(): void {
  answered++;
  if (answered === warmUp) before = process.cpuUsage();
  if (answered !== warmUp + measured) return;
  const { user, system } = process.cpuUsage(before);
  console.log((user + system) / measured);
  process.exit();
}

async function poll(id: string): Promise<never> {
  const { url, headers } = plainRequest(id, base);
  for (;;) {
    const response = await fetch(url, { headers });
    JSON.parse(await response.text());
    count();
  }
}

if (side === 'client') {
  const client = createClient(provider(base), { cadence: pollEvery(0) });
  client.activity.subscribe(({ kind }) => kind === 'answered' && count());
  // Twice as many as may ask at once, so that always as many ask.
  for (let nth = 0; nth < 2 * concurrency; nth++) client.watch(taskId(nth)).subscribe();
} else {
  for (let nth = 0; nth < concurrency; nth++) poll(taskId(nth));
}
