import { request } from 'undici';
import { nodeTransport } from '../../src/http/node-transport.js';
import { createClient, fetchTransport, pollEvery, type Transport } from '../../src/index.js';
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

/** As many loops as the client has requests at once, without a client. */
function loop(textOf: (url: string, headers: Readonly<Record<string, string>>) => Promise<string>): void {
  const poll = async (id: string): Promise<never> => {
    const { url, headers } = plainRequest(id, base);
    for (;;) {
      count();
      JSON.parse(await textOf(url, headers));
    }
  };
  for (let nth = 0; nth < concurrency; nth++) poll(taskId(nth));
}

/** More watches than the budget lets ask at once, so that always as many ask. */
function watch(transport: Transport): void {
  const counted = Object.assign(
    (...args: Parameters<Transport>) => {
      count();
      return transport(...args);
    },
    { open: transport.open },
  );
  const client = createClient(provider(base), { cadence: pollEvery(10), transport: counted });
  for (let nth = 0; nth < 16 * concurrency; nth++) client.watch(taskId(nth)).subscribe();
}

const sides: Readonly<Record<string, () => void>> = {
  'client over fetch': () => watch(fetchTransport()),
  'client over node': () => watch(nodeTransport({ env: {} })),
  fetch: () => loop(async (url, headers) => (await fetch(url, { headers })).text()),
  undici: () => loop(async (url, headers) => (await request(url, { headers })).body.text()),
};
sides[side]?.();
