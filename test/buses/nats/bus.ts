import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';
import { jetstream, jetstreamManager, type StreamConfig } from '@nats-io/jetstream';
import { connect, type NodeConnectionOptions } from '@nats-io/transport-node';
import { addressOf } from '../../../src/bridges/address.js';
import { type CloudEvent, fromCloudEvent, toCloudEvent } from '../../../src/bridges/index.js';
import { type NatsSourceOptions, natsPublisher, natsSource } from '../../../src/bridges/nats/index.js';
import type { Snapshot, TaskRef } from '../../../src/index.js';
import { type FactsOf, snapshotOf } from '../../../src/testing/index.js';
import type { Broker } from '../brokers/broker.js';

/** How a connection is made of which no test has to wait long. */
export interface BusOptions {
  readonly stream?: Partial<StreamConfig>;
  readonly connection?: NodeConnectionOptions;
  /** Another way to the broker. @defaultValue straight */
  readonly port?: number;
  readonly timeoutMs?: number;
}

let opened = 0;

/** A client, and a stream of its own on a broker, with somebody who may look into it. */
export async function openBus(broker: Broker, options: BusOptions = {}) {
  const name = options.stream?.name ?? `EVENTS_${++opened}`;
  const subject = `video.${name}`;
  const dialling = { maxReconnectAttempts: -1, reconnectTimeWait: 50, reconnectJitter: 0, maxPingOut: 2 };
  const admin = await connect({ servers: `127.0.0.1:${broker.port}`, user: 'admin', pass: 'admin', ...dialling });
  const jsm = await jetstreamManager(admin);
  await jsm.streams.add({ name, subjects: [`${subject}.>`], ...options.stream });
  const servers = `127.0.0.1:${options.port ?? broker.port}`;
  const connection = await connect({ servers, user: 'admin', pass: 'admin', ...dialling, ...options.connection });
  const js = jetstream(connection, { timeout: options.timeoutMs ?? 5_000 });
  let underWay = 0;
  const ask = connection.request.bind(connection);
  connection.request = (...question) => {
    underWay++;
    return ask(...question).finally(() => underWay--);
  };
  const addressed = (task: TaskRef) => `${subject}.${addressOf(task).join('.')}`;
  const consumers = async () => (await jsm.streams.info(name)).state.consumer_count;

  return {
    name,
    subject,
    connection,
    js,
    jsm,
    addressed,
    consumers,
    publisher: natsPublisher(js, { subject }),
    source: (more: Partial<NatsSourceOptions> = {}) => natsSource(js, { subject, heartbeatMs: 500, ...more }),
    /** Anything, where news of `task` is expected. */
    async inject(task: TaskRef, body: Uint8Array | string): Promise<void> {
      await jetstream(admin).publish(addressed(task), body);
    },
    /** All that the stream holds, oldest first. */
    async messages() {
      const { last_seq } = (await jsm.streams.info(name)).state;
      const seqs = Array.from({ length: last_seq }, (_, i) => i + 1);
      const all = await Promise.all(seqs.map((seq) => jsm.streams.getMessage(name, { seq })));
      return all.filter((message) => message !== null);
    },
    /** What it holds of each task, in order. */
    async news(): Promise<Map<string, { readonly id: string; readonly status: string }[]>> {
      const byTask = new Map<string, { id: string; status: string }[]>();
      for (const message of await this.messages()) {
        const told = fromCloudEvent(message.data);
        if (!told) continue;
        const { id } = message.json<CloudEvent>();
        const status = told.kind === 'snapshot' ? told.snapshot.status : 'lost';
        byTask.set(told.task.id, [...(byTask.get(told.task.id) ?? []), { id, status }]);
      }
      return byTask;
    },
    async settle(): Promise<void> {
      for (let quiet = 0; quiet < 3; ) {
        await connection.flush();
        await new Promise((resolve) => setTimeout(resolve, 1));
        quiet = underWay === 0 ? quiet + 1 : 0;
      }
      for (let pending = 1; pending > 0; ) {
        pending = 0;
        for await (const { num_pending } of jsm.consumers.list(name)) pending += num_pending;
      }
      await connection.flush();
    },
    async close(): Promise<void> {
      await connection.close();
      await jsm.streams.delete(name).catch(() => false);
      await admin.close();
    },
  };
}

export type Bus = Awaited<ReturnType<typeof openBus>>;

export function ref(id: string): TaskRef {
  return { provider: 'test', id };
}

/** The event of a task's news. */
export function eventOf(id: string, status: Snapshot['status'], facts: FactsOf<Snapshot> = {}): CloudEvent {
  return toCloudEvent(snapshotOf(status, { ...facts, task: ref(id) }), 1_800_000_000_000);
}

/** A way to a port that can be cut, and made deaf to what the server says. */
export async function openLine(port: number) {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isDeaf = false;
  const server = createServer((here) => {
    const there = dial(port, '127.0.0.1');
    const pair = [here, there] as const;
    pairs.add(pair);
    here.on('data', (chunk) => there.write(chunk));
    there.on('data', (chunk) => {
      if (!isDeaf) here.write(chunk);
    });
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        here.destroy();
        there.destroy();
        pairs.delete(pair);
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a listening server has an address');
  return {
    port: address.port,
    deafen: (deaf: boolean) => {
      isDeaf = deaf;
    },
    cut: () => {
      for (const [here] of pairs) here.destroy();
    },
    close: () => {
      for (const [here] of pairs) here.destroy();
      server.close();
    },
  };
}
