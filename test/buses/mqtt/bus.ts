import type { Socket } from 'node:net';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { type CloudEvent, fromCloudEvent, toCloudEvent } from '../../../src/bridges/index.js';
import {
  type MqttPublisherOptions,
  type MqttSourceOptions,
  mqttPublisher,
  mqttSource,
} from '../../../src/bridges/mqtt/index.js';
import { topicsOf } from '../../../src/bridges/mqtt/mqtt-client.js';
import type { Snapshot, TaskRef } from '../../../src/index.js';
import { type FactsOf, snapshotOf } from '../../../src/testing/index.js';
import type { Broker } from '../brokers/broker.js';

let opened = 0;

/** Clients at a broker, and topics of their own there, with somebody who hears all of them. */
export async function openBus(
  broker: Broker,
  options: IClientOptions = {},
  publishing: Partial<MqttPublisherOptions> = {},
) {
  const topic = `video/${++opened}`;
  const dial = (more: IClientOptions = {}) => {
    const client = mqtt.connect({ host: '127.0.0.1', port: broker.port, reconnectPeriod: 50, ...options, ...more });
    // Else small packets wait 40 ms for each other.
    client.on('connect', () => (client.stream as unknown as Socket).setNoDelay());
    return client;
  };
  const [admin, writer, reader] = [
    dial({ clientId: `${topic} admin` }),
    dial({ clientId: `${topic} writer` }),
    dial({ clientId: `${topic} reader` }),
  ];
  const messages: {
    readonly topic: string;
    readonly payload: Buffer;
    readonly retain: boolean;
    readonly properties: unknown;
  }[] = [];
  const marked = new Map<MqttClient, number>();
  for (const client of [admin, reader]) {
    client.on('error', () => undefined);
    client.on('message', (at, payload) => {
      if (at === `mark/${topic}`) marked.set(client, Number(payload));
    });
    await client.subscribeAsync(`mark/${topic}`, { qos: 1 });
  }
  admin.on('message', (at, payload, { retain, properties }) => {
    if (at.startsWith(`${topic}/`)) messages.push({ topic: at, payload, retain, properties });
  });
  writer.on('error', () => undefined);
  await admin.subscribeAsync(`${topic}/#`, { qos: 1 });

  const subscribed = new Set<string>();
  reader.on('packetsend', (packet) => {
    if (packet.cmd === 'subscribe') for (const { topic: at } of packet.subscriptions) subscribed.add(at);
    if (packet.cmd === 'unsubscribe') for (const at of packet.unsubscriptions) subscribed.delete(at);
  });

  let marks = 0;
  const settle = async () => {
    for (let turn = 0; turn < 2; turn++) {
      const mark = ++marks;
      await reader.publishAsync(`mark/${topic}`, `${mark}`, { qos: 1 });
      while (![admin, reader].every((client) => (marked.get(client) ?? 0) >= mark))
        await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  return {
    topic,
    admin,
    writer,
    reader,
    messages,
    settle,
    dial,
    /** What the sources' client has asked the broker for and not given up, by what it sent. */
    subscribed,
    publisher: mqttPublisher(writer, { topic, retain: true, ...publishing }),
    source: (more: Partial<MqttSourceOptions> = {}) => mqttSource(reader, { topic, ...more }),
    /** Anything, where the end or live news of `task` is expected. */
    async inject(task: TaskRef, body: Uint8Array | string, at: 'end' | 'live' = 'end', retain = false): Promise<void> {
      const [end, live] = topicsOf(topic, task);
      await admin.publishAsync(at === 'end' ? end : live, Buffer.from(body), { qos: 1, retain });
    },
    /** What was heard of each task, in order. */
    news(): Map<string, { readonly id: string; readonly status: string }[]> {
      const byTask = new Map<string, { id: string; status: string }[]>();
      for (const { payload } of messages) {
        const told = fromCloudEvent(payload);
        if (!told) continue;
        const { id } = JSON.parse(payload.toString()) as CloudEvent;
        const status = told.kind === 'snapshot' ? told.snapshot.status : 'lost';
        byTask.set(told.task.id, [...(byTask.get(told.task.id) ?? []), { id, status }]);
      }
      return byTask;
    },
    async close(): Promise<void> {
      await Promise.all([admin, writer, reader].map((client) => client.endAsync(true)));
    },
  };
}

export function ref(id: string): TaskRef {
  return { provider: 'test', id };
}

/** The event of a task's news. */
export function eventOf(id: string, status: Snapshot['status'], facts: FactsOf<Snapshot> = {}): CloudEvent {
  return toCloudEvent(snapshotOf(status, { ...facts, task: ref(id) }), 1_800_000_000_000);
}
