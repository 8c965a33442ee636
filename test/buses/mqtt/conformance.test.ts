import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { bridgeConformance } from '../../../src/testing/conformance/bridge-conformance.js';
import { Broker } from '../brokers/broker.js';
import { mosquitto } from '../brokers/mqtt.js';
import { openBus } from './bus.js';

describe.skipIf(!inject('brokers').includes('mosquitto'))('the bridge to MQTT', () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await Broker.start(mosquitto());
  });
  afterAll(() => broker?.close());

  describe.each([4, 5] as const)('with version %s of the protocol', (protocolVersion) => {
    const checks = bridgeConformance({
      supports: { late: true, oneEnd: false, addresses: true },
      open: async () => {
        const bus = await openBus(broker, { protocolVersion });
        return {
          publisher: bus.publisher,
          source: bus.source(),
          events: async () => {
            await bus.settle();
            return bus.messages.map(({ payload }) => payload);
          },
          inject: (task, body) => bus.inject(task, body),
          settle: bus.settle,
          busy: () => bus.subscribed.size,
          close: bus.close,
        };
      },
    });

    for (const { name, run } of checks) it(name, run);
  });
});
