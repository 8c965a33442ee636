import { EventEmitter } from 'node:events';
import { vi } from 'vitest';
import type { AmqpMessage } from '../../src/bridges/amqp/index.js';
import { toCloudEvent } from '../../src/bridges/index.js';
import type { Snapshot } from '../../src/index.js';
import { snapshotOf } from '../../src/testing/index.js';

/** A channel of no broker: it confirms all, and delivers news of `early` together with the beginning of a consumer. */
export function scriptedChannel(...early: Snapshot['status'][]) {
  let deliver: ((message: AmqpMessage | null) => void) | undefined;
  const tell = (status: Snapshot['status']) => {
    const content = new TextEncoder().encode(JSON.stringify(toCloudEvent(snapshotOf(status))));
    deliver?.({ content, fields: { deliveryTag: 1, routingKey: `test.${status}` } });
  };
  return Object.assign(new EventEmitter(), {
    prefetch: async () => undefined,
    assertQueue: async () => ({ queue: 'amq.gen-1' }),
    bindQueue: async () => undefined,
    consume: async (_queue: string, onMessage: (message: AmqpMessage | null) => void) => {
      deliver = onMessage;
      for (const status of early) tell(status);
      return { consumerTag: 'consumer' };
    },
    ack: () => undefined,
    cancel: async () => undefined,
    close: vi.fn(async () => undefined),
    publish: vi.fn((...args: unknown[]) => (args.at(-1) as (error: unknown) => void)(null)),
    tell,
  });
}
