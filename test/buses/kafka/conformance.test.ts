import type { Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { bridgeConformance } from '../../../src/testing/index.js';
import { KafkaMock } from '../brokers/kafka.js';
import { KafkaWorld } from './world.js';

describe.skipIf(!inject('brokers').includes('python3-confluent-kafka'))('the bridge to Kafka', () => {
  let mock: KafkaMock;
  let producer: Producer;
  beforeAll(async () => {
    mock = await KafkaMock.start();
    producer = mock.client().producer({ allowAutoTopicCreation: false });
    await producer.connect();
  });
  afterAll(async () => {
    await producer?.disconnect();
    await mock?.close();
  });

  /** A group takes seconds to form, so one watch stays: what is checked joins a consumer that runs. */
  const open = async () => {
    const world = await KafkaWorld.open(mock, producer);
    const resident = world.source({ provider: 'test', id: 'resident' }).subscribe();
    await vi.waitFor(() => expect(world.isRunning).toBe(true), 20_000);
    const { publisher, source } = world;
    return {
      publisher,
      source,
      events: () => world.events(),
      inject: world.inject.bind(world),
      settle: () => world.settle(),
      async close() {
        resident.unsubscribe();
        await world.close();
      },
    };
  };

  describe.concurrent('conforms', () => {
    for (const { name, run } of bridgeConformance({ open, supports: { late: false, oneEnd: false } })) it(name, run);
  });
});
