import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { bridgeConformance } from '../../../src/testing/conformance/bridge-conformance.js';
import { Broker } from '../brokers/broker.js';
import { natsServer } from '../brokers/nats.js';
import { openBus } from './bus.js';

describe.skipIf(!inject('brokers').includes('nats-server'))('the bridge to NATS', () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await Broker.start(natsServer());
  });
  afterAll(() => broker?.close());

  const checks = bridgeConformance({
    supports: { late: true, oneEnd: true, addresses: true },
    open: async () => {
      const bus = await openBus(broker);
      return {
        publisher: bus.publisher,
        source: bus.source(),
        events: async () => (await bus.messages()).map(({ data }) => data),
        inject: bus.inject,
        settle: bus.settle,
        busy: bus.consumers,
        close: () => bus.close(),
      };
    },
  });

  for (const { name, run } of checks) it(name, run);
});
