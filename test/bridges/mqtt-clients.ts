import { EventEmitter } from 'node:events';
import { vi } from 'vitest';
import { toCloudEvent } from '../../src/bridges/index.js';
import type { Snapshot, TaskRef } from '../../src/index.js';
import { snapshotOf } from '../../src/testing/index.js';

type Acknowledged = (error: Error | null) => void;

/** A client of no broker, connected, whose subscriptions are refused with `refusals` first. */
export function scriptedClient(...refusals: Error[]) {
  const topics = new Set<string>();
  const client = Object.assign(new EventEmitter(), {
    connected: true,
    reconnecting: false,
    disconnecting: false,
    disconnected: false,
    stream: { closed: false },
    topics,
    subscribe: vi.fn((wanted: object, acknowledged: Acknowledged) => {
      const refusal = refusals.shift() ?? null;
      for (const topic of Object.keys(wanted)) if (topic.includes('/')) topics.add(topic);
      queueMicrotask(() => acknowledged(refusal));
    }),
    unsubscribe(left: string[], acknowledged: () => void) {
      for (const topic of left) topics.delete(topic);
      acknowledged();
    },
    publish: vi.fn((_topic: string, _message: string, _options: object, _acknowledged: Acknowledged): void => {}),
    tell(task: TaskRef, status: Snapshot['status']) {
      const topic = `video/${task.provider}/${task.id}`;
      const text = JSON.stringify(toCloudEvent(snapshotOf(status, { task })));
      if (topics.has(topic)) client.emit('message', topic, new TextEncoder().encode(text));
    },
    /** Its connection is closed; it tries again, or not. */
    lose(reconnecting: boolean) {
      Object.assign(client, { connected: false, reconnecting, stream: { closed: true } });
      client.emit('close');
    },
    /** It tries again. */
    retry() {
      client.stream = { closed: false };
      client.emit('reconnect');
    },
    comeBack() {
      Object.assign(client, { connected: true, reconnecting: false, stream: { closed: false } });
      topics.clear();
      client.emit('connect');
    },
  });
  return client;
}

/** What a broker says that does not let a client in. */
export function refusal(): Error {
  return Object.assign(new Error('Connection refused: Not authorized'), { code: 5 });
}
