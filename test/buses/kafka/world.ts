import { randomUUID } from 'node:crypto';
import type { Consumer, Producer } from 'kafkajs';
import { expect, vi } from 'vitest';
import { type KafkaSourceOptions, kafkaPublisher, kafkaSource } from '../../../src/bridges/kafka/index.js';
import { keyOf } from '../../../src/bridges/kafka/kafka-topic.js';
import type { TaskRef } from '../../../src/index.js';
import type { BusWorld } from '../../../src/testing/index.js';
import type { KafkaMock } from '../brokers/kafka.js';

/** A new topic of one partition, with a publisher to it and a source from it. */
export class KafkaWorld implements BusWorld {
  readonly publisher;
  readonly source;
  /** How often the consumer has joined its group, and how often it has stopped. */
  joined = 0;
  stopped = 0;
  #sent = 0;
  #read = 0;

  private constructor(
    private readonly mock: KafkaMock,
    private readonly producer: Producer,
    readonly consumer: Consumer,
    readonly topic: string,
    options: Partial<KafkaSourceOptions>,
  ) {
    const { GROUP_JOIN, STOP, END_BATCH_PROCESS } = consumer.events;
    consumer.on(GROUP_JOIN, () => {
      this.joined++;
    });
    consumer.on(STOP, () => {
      this.stopped++;
    });
    consumer.on(END_BATCH_PROCESS, ({ payload }) => {
      this.#read = Number(payload.lastOffset) + 1;
    });
    this.publisher = kafkaPublisher({ send: (record) => this.#send(record) }, { topic });
    this.source = kafkaSource(consumer, { topic, ...options });
  }

  static async open(
    mock: KafkaMock,
    producer: Producer,
    options: Partial<KafkaSourceOptions> = {},
  ): Promise<KafkaWorld> {
    const topic = `video.${randomUUID()}`;
    await mock.create(topic, 1);
    return new KafkaWorld(mock, producer, await KafkaWorld.consumer(mock), topic, options);
  }

  /** A connected consumer of a group of its own, that looks often and is soon known to be gone. */
  static async consumer(mock: KafkaMock): Promise<Consumer> {
    const consumer = mock.client().consumer({
      groupId: randomUUID(),
      maxWaitTimeInMs: 50,
      heartbeatInterval: 200,
      sessionTimeout: 3_000,
      allowAutoTopicCreation: false,
    });
    await consumer.connect();
    return consumer;
  }

  async events(): Promise<readonly Uint8Array[]> {
    return (await this.mock.read(this.topic)).map(({ value }) => value ?? new Uint8Array());
  }

  async inject(task: TaskRef | undefined, body: Uint8Array | null): Promise<void> {
    const message = { key: task ? keyOf(task) : null, value: body && Buffer.from(body) };
    await this.#send({ topic: this.topic, acks: -1, messages: [message] });
  }

  /** Until the consumer, where it runs, has read all that was sent. */
  async settle(): Promise<void> {
    if (!this.isRunning) return;
    await vi.waitFor(() => expect(this.#read).toBeGreaterThanOrEqual(this.#sent), 20_000);
  }

  get isRunning(): boolean {
    return this.joined > this.stopped;
  }

  async close(): Promise<void> {
    await this.consumer.disconnect();
  }

  async #send(record: Parameters<Producer['send']>[0]): Promise<unknown> {
    const answer = await this.producer.send(record);
    this.#sent++;
    return answer;
  }
}
