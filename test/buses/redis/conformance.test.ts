import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { bridgeConformance } from '../../../src/testing/index.js';
import { Broker } from '../brokers/broker.js';
import { redisServer } from '../brokers/redis.js';
import { clients, openBus } from './bus.js';

describe.skipIf(!inject('brokers').includes('redis-server')).each(clients)(
  'the bridge to Redis through %s',
  (client) => {
    let broker: Broker;
    beforeAll(async () => {
      broker = await Broker.start(redisServer({ appendfsync: 'no' }));
    });
    afterAll(() => broker?.close());

    const checks = bridgeConformance({
      supports: { late: true, oneEnd: true, addresses: false },
      open: async () => {
        const bus = await openBus(broker, { client });
        return {
          publisher: bus.publisher,
          source: bus.source(),
          events: () => bus.bodies(),
          inject: async (_task, body) => void (await bus.inject(body)),
          settle: () => bus.settle(),
          busy: () => bus.busy(),
          close: () => bus.close(),
        };
      },
    });

    for (const { name, run } of checks) it(name, run);
  },
);
