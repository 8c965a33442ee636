import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { expect } from 'vitest';
import { type CloudEvent, fromCloudEvent, toCloudEvent } from '../../../src/bridges/index.js';
import {
  type IoRedisClient,
  type NodeRedisClient,
  type RedisPublisherOptions,
  type RedisSourceOptions,
  redisPublisher,
  redisSource,
} from '../../../src/bridges/redis/index.js';
import { latestKeys } from '../../../src/bridges/redis/redis-client.js';
import type { Snapshot, TaskRef } from '../../../src/index.js';
import { type FactsOf, snapshotOf } from '../../../src/testing/index.js';
import type { Broker } from '../brokers/broker.js';

/** The clients that have to work. */
export const clients = ['ioredis', 'redis'] as const;

let opened = 0;

export interface BusOptions {
  readonly client?: (typeof clients)[number];
  /** Another way to the broker. @defaultValue straight */
  readonly port?: number;
  readonly username?: string;
  readonly password?: string;
  readonly keyPrefix?: string;
  /** The server will not let it in. */
  readonly isRefused?: boolean;
  readonly publisher?: Partial<RedisPublisherOptions>;
}

/** A client, and a stream of its own on a broker, with somebody who may look into it. */
export async function openBus(broker: Broker, options: BusOptions = {}) {
  const name = `bus-${++opened}`;
  const { client: kind = 'ioredis', port = broker.port, keyPrefix = '', publisher = {} } = options;
  const stream = publisher.stream ?? `video.${name}`;
  const admin = new Redis({ port: broker.port, retryStrategy: () => 50, maxRetriesPerRequest: null });
  admin.on('error', () => undefined);
  const { client, duplicates, close } = await (kind === 'ioredis' ? openIoRedis : openNodeRedis)({
    ...options,
    port,
    name,
  });
  const latestKey = latestKeys('stream', stream);

  /** Of each connection for reading that is open at the server, whether it waits for more. */
  const readers = async (): Promise<readonly boolean[]> => {
    const list = String(await admin.call('CLIENT', 'LIST')).split('\n');
    return list.filter((line) => line.includes(` name=${name}-reader `)).map((line) => / flags=b/.test(line));
  };

  /** The bodies that the stream holds, oldest first. */
  const bodies = async (): Promise<readonly Uint8Array[]> => {
    const entries = (await admin.xrangeBuffer(keyPrefix + stream, '-', '+')) as unknown as [Buffer, Buffer[]][];
    return entries.map(([, [, body = Buffer.alloc(0)]]) => body);
  };

  return {
    name,
    stream,
    admin,
    client,
    latestKey: (task: TaskRef) => keyPrefix + latestKey(task),
    publisher: redisPublisher(client, { stream, ...publisher }),
    source: (more: Partial<RedisSourceOptions> = {}) =>
      redisSource(client, { stream, retry: { initialMs: 50, maxMs: 200 }, ...more }),
    /** Anything among the news. */
    inject: async (body: Uint8Array | string, field = 'event', id = '*') =>
      admin.xadd(keyPrefix + stream, id, field, Buffer.from(body)),
    bodies,
    /** What it holds of each task, in order. */
    async news(): Promise<Map<string, { readonly id: string; readonly status: string }[]>> {
      const byTask = new Map<string, { id: string; status: string }[]>();
      for (const body of await bodies()) {
        const told = fromCloudEvent(body);
        if (!told) continue;
        const { id } = JSON.parse(Buffer.from(body).toString()) as CloudEvent;
        const status = told.kind === 'snapshot' ? told.snapshot.status : 'lost';
        byTask.set(told.task.id, [...(byTask.get(told.task.id) ?? []), { id, status }]);
      }
      return byTask;
    },
    /** Connections for reading that are open at the server. */
    busy: async () => (await readers()).length,
    /** All that is in the stream was read once whoever reads waits for more. */
    async settle(): Promise<void> {
      for (let quiet = 0; quiet < 3; ) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        const found = await readers();
        quiet = found.length === duplicates.size && found.every(Boolean) ? quiet + 1 : 0;
      }
    },
    async close(): Promise<void> {
      await close();
      admin.disconnect();
    },
  };
}

export type Bus = Awaited<ReturnType<typeof openBus>>;

interface Dialling extends BusOptions {
  readonly port: number;
  readonly name: string;
}

async function openIoRedis({ port, name, username, password, keyPrefix }: Dialling) {
  const secrets = { ...(username && { username }), ...(password && { password }), ...(keyPrefix && { keyPrefix }) };
  const options = { port, connectionName: name, retryStrategy: () => 50, maxRetriesPerRequest: null };
  const redis = new Redis({ ...options, ...secrets });
  redis.on('error', () => undefined);
  const duplicates = new Set<unknown>();
  const client: IoRedisClient = {
    call: (command, ...args) => redis.call(command, ...args),
    duplicate: (more) => {
      const duplicate = redis.duplicate({ ...more, connectionName: `${name}-reader` });
      duplicates.add(duplicate);
      duplicate.once('end', () => duplicates.delete(duplicate));
      return duplicate;
    },
  };
  return { client, duplicates, close: async () => redis.disconnect() };
}

async function openNodeRedis({ port, name, username, password, isRefused }: Dialling) {
  const secrets = { ...(username && { username }), ...(password && { password }) };
  const redis = createClient({ socket: { port, host: '127.0.0.1', reconnectStrategy: () => 50 }, name, ...secrets });
  redis.on('error', () => undefined);
  const connected = redis.connect().catch(() => undefined);
  if (!isRefused) await connected;
  const duplicates = new Set<unknown>();
  const client: NodeRedisClient = {
    sendCommand: (args) => redis.sendCommand(args),
    duplicate: () => {
      const duplicate = redis.duplicate({ name: `${name}-reader` });
      duplicates.add(duplicate);
      return {
        sendCommand: (args) => duplicate.sendCommand(args),
        on: (event, listener) => duplicate.on(event, listener),
        connect: () => duplicate.connect(),
        destroy: () => {
          duplicates.delete(duplicate);
          duplicate.destroy();
        },
      };
    },
  };
  return { client, duplicates, close: async () => redis.isOpen && redis.destroy() };
}

export function ref(id: string): TaskRef {
  return { provider: 'test', id };
}

/** The event of a task's news. */
export function eventOf(id: string, status: Snapshot['status'], facts: FactsOf<Snapshot> = {}): CloudEvent {
  return toCloudEvent(snapshotOf(status, { ...facts, task: ref(id) }), 1_800_000_000_000);
}

/** Somebody who watches, and what was heard. */
export function listen(source: ReturnType<typeof redisSource>, task: TaskRef) {
  const heard: string[] = [];
  const listener = { heard, end: undefined as unknown, leave: () => subscription.unsubscribe() };
  const subscription = source(task).subscribe({
    next: ({ status }) => heard.push(status),
    error: (error: unknown) => {
      listener.end = error;
    },
    complete: () => {
      listener.end = 'complete';
    },
  });
  return listener;
}

/** `expect.poll` that has patience with a busy machine. */
export function poll<T>(what: () => T) {
  return expect.poll(what, { timeout: 15_000 });
}

/** A way to a port that can be cut, and made deaf to what the server says. */
export async function openLine(port: number) {
  const sockets = new Set<Socket>();
  let isDeaf = false;
  const server = createServer((here) => {
    const there = dial(port, '127.0.0.1');
    here.on('data', (chunk) => there.write(chunk));
    there.on('data', (chunk) => isDeaf || here.write(chunk));
    for (const socket of [here, there]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        here.destroy();
        there.destroy();
        sockets.delete(socket);
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a listening server has an address');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    cut,
    deafen(deaf: boolean) {
      isDeaf = deaf;
    },
    close() {
      cut();
      server.close();
    },
  };
}
