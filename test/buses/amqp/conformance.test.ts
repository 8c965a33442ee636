import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { bridgeConformance } from '../../../src/testing/conformance/bridge-conformance.js';
import { type Rabbit, startRabbit } from '../brokers/amqp.js';
import { openBus } from './bus.js';

describe.skipIf(!inject('brokers').includes('rabbitmq-server'))('the bridge to AMQP', () => {
  let rabbit: Rabbit;
  beforeAll(async () => {
    rabbit = await startRabbit();
  });
  afterAll(() => rabbit?.close());

  const checks = bridgeConformance({
    supports: { late: false, oneEnd: false },
    open: async () => {
      const bus = await openBus(rabbit.broker);
      await bus.listen();
      return {
        publisher: bus.publisher(),
        source: bus.source(),
        events: async () => {
          await bus.settle(false);
          return bus.messages.map(({ content }) => content);
        },
        inject: (_task, body) => bus.tell('test.completed', body),
        settle: bus.settle,
        busy: bus.consumers,
        close: bus.close,
      };
    },
  });

  for (const { name, run } of checks) it(name, run);
});
