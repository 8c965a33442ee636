import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { asyncScheduler } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient, type Snapshot } from '../../../src/index.js';
import { toNodeListener } from '../../../src/node.js';
import { gateway, remote } from '../../../src/sse/index.js';
import { snapshotOf } from '../../../src/testing/index.js';
import { createRandom } from '../../../src/testing/random.js';
import { Viewer } from '../../watch/viewer.js';
import { ref } from './scripted-gateway.js';
import { type Life, livesSource } from './two-gateways.js';

const servers: Server[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function serve(lives: readonly Life[]): Promise<string> {
  const handles = [0, 30].map((lagMs) =>
    toNodeListener(
      gateway({
        client: createClient({ watch: livesSource(lives, asyncScheduler, lagMs) }),
        authorize: () => true,
        lingerMs: 50,
        rememberMs: 50,
        heartbeatMs: 50,
      }),
    ),
  );
  let asked = 0;
  const server = createServer((request, response) => handles[asked++ % 2]?.(request, response));
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a remote over real sockets', () => {
  it('brings every task to its end though connections are destroyed at random, and lets go of them all', async () => {
    const random = createRandom(7);
    const lives = Array.from({ length: 30 }, (_, i): Life => {
      const task = ref(`task/${i}`);
      const say = (status: Snapshot['status'], atMs: number) => ({ atMs, say: snapshotOf(status, { task }) });
      const endMs = 100 + random() * 900;
      return {
        task,
        news: [say('queued', 0), say('in_progress', endMs / 2), say(i % 3 ? 'completed' : 'failed', endMs)],
      };
    });
    const url = await serve(lives);
    const source = remote(url, { retry: { initialMs: 20, maxMs: 50 }, silenceMs: 500 });
    const client = createClient(source);
    const viewers = lives.map(({ task }) => new Viewer(client.watch(task)));
    const later: Viewer[] = [];
    let destroyed = 0;
    const disturb = () => {
      if (later.length < 3) later.push(new Viewer(client.watch((lives[29 - later.length] as Life).task)));
      for (const socket of sockets) {
        if (destroyed >= 40 || random() < 0.2) continue;
        socket.destroy();
        destroyed++;
      }
      return [...viewers, ...later].filter(({ end }) => end).length;
    };
    await expect.poll(disturb, { timeout: 20_000, interval: 25 }).toBe(33);
    expect([...viewers, ...later].map(({ offence, end }) => [offence, end])).toEqual(
      [...viewers, ...later].map(() => [undefined, 'complete']),
    );
    expect(viewers.map(({ last }) => last?.status)).toEqual(lives.map((_, i) => (i % 3 ? 'completed' : 'failed')));
    expect(destroyed).toBeGreaterThan(5);
    // One request, which may meet a connection that has just been destroyed.
    const read = () =>
      client.read(ref('task/1')).then(
        ({ status }) => status,
        () => undefined,
      );
    await expect.poll(read).toBe('completed');
  });

  it('closes its connection when the last watcher leaves', async () => {
    const task = ref('endless');
    const url = await serve([{ task, news: [{ atMs: 0, say: snapshotOf('queued', { task }) }] }]);
    const viewer = new Viewer(remote(url).watch(task));
    await expect.poll(() => viewer.heard.length).toBe(1);
    expect(sockets.size).toBe(1);
    viewer.leave();
    await expect.poll(() => sockets.size).toBe(0);
  });

  it('goes on when the gateway comes back at the same address', async () => {
    const task = ref('a');
    const lives = [{ task, news: [{ atMs: 0, say: snapshotOf('queued', { task }) }] }];
    const url = await serve(lives);
    const viewer = new Viewer(remote(url, { retry: { initialMs: 20, maxMs: 50 } }).watch(task));
    await expect.poll(() => viewer.heard.length).toBe(1);
    const [server] = servers.splice(0) as [Server];
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    const handle = gateway({
      client: createClient(
        livesSource([{ task, news: [{ atMs: 0, say: snapshotOf('completed', { task }) }] }], asyncScheduler, 0),
      ),
      authorize: () => true,
    });
    const again = createServer(toNodeListener(handle));
    again.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    servers.push(again);
    await new Promise<void>((resolve) => again.listen(Number(new URL(url).port), '127.0.0.1', resolve));
    await expect.poll(() => viewer.end, { timeout: 10_000 }).toBe('complete');
    expect(viewer.offence).toBeUndefined();
  });
});
