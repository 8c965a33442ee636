import { from, map, type Observable } from 'rxjs';
import { createClient, pollEvery } from '../../src/index.js';
import { arrived, bodyOf, idIn, pipeline, plainRequest, provider, scripted, taskId } from './scene.js';

// Prints the CPU time of one poll, in microseconds, of many tasks that are polled for a few seconds.

const [side = '', over = '', news = ''] = process.argv.slice(2);
// As many as leave the machine idle half of the time: whoever is overtaken by the next poll measures queues, not polls.
const tasks = over === 'fetch' ? 2_000 : 10_000;
const intervalMs = over === 'fetch' ? 500 : 750;
const warmUpMs = over === 'fetch' ? 2_000 : 1_250;
const measuredMs = 2_500;

let polls = 0;
const bodies = new Map(
  Array.from({ length: tasks }, (_, nth) => {
    const id = taskId(nth);
    return [id, [40, 41].map((progress) => Buffer.from(bodyOf(id, progress)))] as const;
  }),
);

/** The same text again, or news at each poll, in new memory as a network brings it. */
function textOf(id: string): string {
  const nth = news === 'news' ? Math.floor(polls++ / tasks) % 2 : 0 * polls++;
  return arrived(bodies.get(id)?.[nth] as Buffer);
}

const headers = { 'content-type': 'application/json', date: 'Sun, 22 Nov 2026 12:00:00 GMT' };
const fakeFetch = async (url: string, _init?: RequestInit) => new Response(textOf(idIn(url)), { headers });
const transport = scripted(textOf);
const client = createClient(provider(), {
  cadence: pollEvery(intervalMs),
  ...(over === 'fetch' ? { fetch: fakeFetch } : { transport }),
});

function watch(id: string): Observable<unknown> {
  if (side === 'client') return client.watch(id);
  const request = plainRequest(id);
  const { url } = request;
  return pipeline(intervalMs, () =>
    over === 'fetch'
      ? from(fakeFetch(url, { headers: request.headers }).then((response) => response.text()))
      : transport(request).pipe(map(({ text }) => text)),
  );
}

const slices = 25;
for (let slice = 0; slice < slices; slice++) {
  for (let nth = slice; nth < tasks; nth += slices) watch(taskId(nth)).subscribe();
  await new Promise((resolve) => setTimeout(resolve, intervalMs / slices));
}
await new Promise((resolve) => setTimeout(resolve, warmUpMs));
const pollsBefore = polls;
const before = process.cpuUsage();
await new Promise((resolve) => setTimeout(resolve, measuredMs));
const { user, system } = process.cpuUsage(before);
console.log((user + system) / (polls - pollsBefore));
process.exit();
