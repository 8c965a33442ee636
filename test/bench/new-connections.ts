import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { nodeTransport } from '../../src/http/node-transport.js';
import { createClient, pollEvery } from '../../src/index.js';
import type { Figure } from './figure.js';
import { bodyOf, idIn, plainRequest, provider, taskId } from './scene.js';

/** Longer than what `fetch` and undici keep a connection for, when the server does not say. */
const intervalMs = 6_000;
const polls = 4;

/** P5: how many of the polls after the first need a new connection. Over plain TCP: it is as many with TLS, only dearer. */
export async function newConnections(): Promise<readonly Figure[]> {
  const [ours, plain] = await Promise.all([counted(watched), counted(fetched)]);
  return [
    {
      metric: 'P5',
      what: `new connections per poll, ${intervalMs / 1_000} s apart, Node transport`,
      against: 'global fetch',
      measured: ours / plain,
      goal: 0.05,
    },
  ];
}

async function counted(poll: (base: string) => Promise<unknown>): Promise<number> {
  let connections = 0;
  // No time limit, and so no word of one in the answers.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(bodyOf(idIn(request.url ?? '')));
  }).on('connection', () => connections++);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  await poll(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  server.close();
  server.closeAllConnections();
  return (connections - 1) / (polls - 1);
}

async function watched(base: string): Promise<void> {
  await using transport = nodeTransport({ env: {} });
  const client = createClient(provider(base), { transport, cadence: pollEvery(intervalMs) });
  const answers = client.activity.pipe(
    filter(({ kind }) => kind === 'answered'),
    take(polls),
    toArray(),
  );
  const enough = firstValueFrom(answers);
  const watch = client.watch(taskId(0)).subscribe();
  await enough;
  watch.unsubscribe();
}

async function fetched(base: string): Promise<void> {
  const { url, headers } = plainRequest(taskId(0), base);
  for (let nth = 0; nth < polls; nth++) {
    if (nth > 0) await sleep(intervalMs);
    JSON.parse(await (await fetch(url, { headers })).text());
  }
}
