import { EventEmitter } from 'node:events';
import { retry } from 'rxjs';
import { expect, it } from 'vitest';
import { toCloudEvent } from '../../src/bridges/index.js';
import { mqttSource } from '../../src/bridges/mqtt/index.js';
import { snapshotOf } from '../../src/testing/index.js';

const task = { provider: 'test', id: 'task' };

/** A client that is connected, and whose first subscription the broker refuses. */
function refusedOnce() {
  const topics = new Set<string>();
  let refused = false;
  const client = Object.assign(new EventEmitter(), {
    connected: true,
    reconnecting: false,
    disconnecting: false,
    disconnected: false,
    subscribe(wanted: object, acknowledged: (error: Error | null) => void) {
      const error = refused ? null : new Error('Not authorized');
      refused = true;
      for (const topic of Object.keys(wanted)) if (topic.includes('/')) topics.add(topic);
      queueMicrotask(() => acknowledged(error));
    },
    unsubscribe(left: string[], acknowledged: () => void) {
      for (const topic of left) topics.delete(topic);
      acknowledged();
    },
  });
  const tell = (topic: string, text: string) => {
    if (topics.has(topic)) client.emit('message', topic, new TextEncoder().encode(text));
  };
  return { client, topics, tell };
}

it('hears who subscribes again in the same breath in which it was refused', async () => {
  const { client, topics, tell } = refusedOnce();
  const told: string[] = [];
  mqttSource(client, { topic: 'video' })(task)
    .pipe(retry(1))
    .subscribe({ next: ({ status }) => told.push(status), complete: () => told.push('complete') });
  await new Promise((resolve) => setImmediate(resolve));
  expect([...topics]).toEqual(['video/test/task', 'video/test/task/live']);
  tell('video/test/task', JSON.stringify(toCloudEvent(snapshotOf('completed', { task }))));
  expect(told).toEqual(['completed', 'complete']);
  expect([...topics]).toEqual([]);
  expect(client.eventNames()).toEqual([]);
});
