import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import { cometapi, createClient, pollEvery, type Snapshot } from '../../src/index.js';
import { nodeServerOptions, toNodeListener } from '../../src/node.js';
import { type GatewayOptions, gateway } from '../../src/sse/index.js';
import { neverEnding, type Simulation, simulate, type Timeline } from '../../src/testing/index.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const megabytes = () => {
  collect();
  return Math.round(process.memoryUsage().heapUsed / 1e5) / 10;
};

interface Place {
  readonly sim: Simulation;
  readonly server: Server;
  readonly port: number;
}

async function open(
  { onTestFinished }: TestContext,
  everyMs: number,
  options: Partial<GatewayOptions> = {},
): Promise<Place> {
  const sim = await simulate();
  const client = createClient(cometapi({ apiKey: 'any', baseUrl: `${sim.url}/cometapi` }), {
    cadence: pollEvery(everyMs),
  });
  const stop = new AbortController();
  const handle = gateway({
    client,
    authorize: () => true,
    signal: stop.signal,
    lingerMs: 500,
    rememberMs: 500,
    ...options,
  });
  const server = createServer(nodeServerOptions, toNodeListener(handle));
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, resolve));
  onTestFinished(async () => {
    stop.abort();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await sim.close();
  });
  return { sim, server, port: (server.address() as AddressInfo).port };
}

const connectionsOf = (server: Server) =>
  new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count ?? -1)));

const head = (id: string) => `GET /tasks/cometapi/${id}/events HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`;

function sockets({ onTestFinished }: TestContext, port: number, texts: readonly string[]): Socket[] {
  const all = texts.map((text) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    return socket.on('error', () => undefined);
  });
  onTestFinished(() => {
    for (const socket of all) socket.destroy();
  });
  return all;
}

/** When each task was asked about, in milliseconds. */
function pollsOf(sim: Simulation): Map<string, number[]> {
  const polls = new Map<string, number[]>();
  for (const { id = '', operation, atMs } of sim.requests) {
    if (operation === 'read') polls.set(id, [...(polls.get(id) ?? []), atMs]);
  }
  return polls;
}

describe('the gateway under load', () => {
  it('serves 2,000 viewers of 200 tasks with one poll for each task and interval', {
    timeout: 120_000,
  }, async (test) => {
    const everyMs = 2_000;
    const lifeMs = 12_000;
    const { sim, server, port } = await open(test, everyMs, { limits: { connections: 3_000 } });
    const life: Timeline = [
      ...Array.from({ length: 99 }, (_, i) => ({ afterMs: i * 100, status: 'in_progress', progress: i }) as const),
      { afterMs: lifeMs, status: 'completed' },
    ];
    const before = megabytes();
    const ids = Array.from({ length: 200 }, () => sim.add('cometapi', { timeline: life }));
    const startedMs = Date.now();
    const viewers = sockets(
      test,
      port,
      Array.from({ length: 2_000 }, (_, i) => head(ids[i % 200] as string)),
    );
    const told = viewers.map(() => ({ messages: 0, ends: 0, isOver: false }));
    viewers.forEach((socket, i) => {
      const own = told[i] as (typeof told)[number];
      socket.on('data', (data) => {
        const text = data.toString();
        own.messages += text.split('\ndata: {"task"').length - 1;
        own.ends += text.split('event: end').length - 1;
      });
      socket.on('close', () => {
        own.isOver = true;
      });
    });
    const silent = () => told.filter(({ messages }) => messages === 0).length;
    await vi.waitFor(() => expect(silent()).toBe(0), { timeout: 40_000, interval: 50 });
    const allOnMs = Date.now() - startedMs;
    const early = megabytes();
    const least = () => Math.min(...told.map(({ messages }) => messages));
    await vi.waitFor(() => expect(least() > 4 || told.some(({ isOver }) => isOver)).toBe(true), {
      timeout: 30_000,
      interval: 100,
    });
    const late = megabytes();
    await vi.waitFor(() => expect(told.every(({ isOver }) => isOver)).toBe(true), { timeout: 30_000, interval: 100 });
    const tookMs = Date.now() - startedMs;
    await vi.waitFor(async () => expect(await connectionsOf(server)).toBe(0), { timeout: 30_000 });
    expect(told.filter(({ ends }) => ends === 1)).toHaveLength(2_000);
    const polls = pollsOf(sim);
    const gaps = [...polls.values()].flatMap((times) => times.slice(1).map((time, i) => time - (times[i] as number)));
    const counts = [...polls.values()].map(({ length }) => length);
    viewers.length = 0;
    const after = megabytes();
    console.log(
      `2,000 viewers of 200 tasks: all told after ${allOnMs} ms, all ended after ${tookMs} ms; ` +
        `${Math.min(...counts)}-${Math.max(...counts)} polls a task, ${Math.min(...gaps)} ms or more apart; ` +
        `heap ${before} MB before, ${early} with all on, ${late} later, ${after} after`,
    );
    expect(polls.size).toBe(200);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(everyMs - 20);
    expect(Math.max(...counts)).toBeLessThanOrEqual(Math.ceil(tookMs / everyMs) + 1);
    expect(late - early).toBeLessThan(15);
  });

  it.concurrent('lets go of readers that stop reading, and keeps nothing for them', {
    timeout: 60_000,
  }, async (test) => {
    const padding = 'x'.repeat(1_000_000);
    const { sim, server, port } = await open(test, 100, {
      stallTimeoutMs: 4_000,
      heartbeatMs: 1_000,
      project: (snapshot) => ({ ...snapshot, raw: `${snapshot.progress}${padding}` }) as Snapshot,
    });
    const life: Timeline = Array.from(
      { length: 1_000 },
      (_, i) => ({ afterMs: i * 100, status: 'in_progress', progress: i / 10 }) as const,
    );
    const ids = Array.from({ length: 5 }, () => sim.add('cometapi', { timeline: life }));
    const before = megabytes();
    const startedMs = Date.now();
    const stalled = sockets(
      test,
      port,
      Array.from({ length: 40 }, (_, i) => head(ids[i % 5] as string)),
    );
    for (const socket of stalled) socket.pause();
    await vi.waitFor(async () => expect(await connectionsOf(server)).toBe(stalled.length), { timeout: 30_000 });
    let most = 0;
    await vi.waitFor(
      async () => {
        most = Math.max(most, megabytes());
        expect(await connectionsOf(server)).toBe(0);
      },
      { timeout: 45_000, interval: 500 },
    );
    const releasedMs = Date.now() - startedMs;
    await vi.waitFor(() => expect(Date.now() - (sim.requests.at(-1)?.atMs ?? 0)).toBeGreaterThan(1_000), {
      timeout: 10_000,
    });
    console.log(
      `40 readers that stop reading 1 MB messages: all let go after ${releasedMs} ms, polls stopped; heap ${before} MB before, ${most} at most`,
    );
    // One message waits for each at most, whole in the socket's queue.
    expect(most - before).toBeLessThan(150);
  });

  it.concurrent('drops heads that come at one byte a second, within a minute', { timeout: 120_000 }, async (test) => {
    const { server, port, sim } = await open(test, 1_000);
    const id = sim.add('cometapi', { timeline: neverEnding });
    const startedMs = Date.now();
    const before = megabytes();
    const slow = sockets(
      test,
      port,
      Array.from({ length: 2_000 }, () => 'G'),
    );
    const text = head(id);
    let at = 1;
    const drip = setInterval(() => {
      for (const socket of slow) if (!socket.destroyed) socket.write(text[at] ?? '');
      at++;
    }, 1_000);
    test.onTestFinished(() => clearInterval(drip));
    await vi.waitFor(async () => expect(await connectionsOf(server)).toBe(2_000), { timeout: 30_000 });
    const most = megabytes();
    await vi.waitFor(async () => expect(await connectionsOf(server)).toBe(0), { timeout: 90_000, interval: 100 });
    const droppedMs = Date.now() - startedMs;
    console.log(
      `2,000 heads at a byte a second: all dropped after ${droppedMs} ms; heap ${before} MB before, ${most} at most`,
    );
    expect(droppedMs).toBeLessThan(60_000);
    expect(pollsOf(sim).size).toBe(0);
  });
});
