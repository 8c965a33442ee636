import { CloudEvent as SdkEvent, Kafka as sdk } from 'cloudevents';
import type { Producer } from 'kafkajs';
import { from, lastValueFrom, mergeMap, of, toArray } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { publishTo, toCloudEvent } from '../../../src/bridges/index.js';
import { type KafkaProducer, type KafkaPublisherOptions, kafkaPublisher } from '../../../src/bridges/kafka/index.js';
import { keyOf } from '../../../src/bridges/kafka/kafka-topic.js';
import { isTerminal, type RushesError, type Snapshot, type TaskRef } from '../../../src/index.js';
import { snapshotOf } from '../../../src/testing/index.js';
import { apis, KafkaMock, kafkaErrors } from '../brokers/kafka.js';

const ref = (id: string): TaskRef => ({ provider: 'cometapi', id });
const event = (status: Snapshot['status'], id = 'task_1') =>
  toCloudEvent(snapshotOf(status, { task: ref(id) }), 1_800_000_000_000);
const retry = { initialMs: 50, maxMs: 500, giveUpAfterMs: 20_000 };
const statuses = ['queued', 'in_progress', 'completed'] as const;
const textOf = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

describe.skipIf(!inject('brokers').includes('python3-confluent-kafka'))('publishing to Kafka', () => {
  let mock: KafkaMock;
  let producer: Producer;
  let topic = '';
  let nth = 0;
  beforeAll(async () => {
    mock = await KafkaMock.start();
  });
  afterAll(() => mock?.close());
  beforeEach(async () => {
    topic = `video.events-${nth++}`;
    await mock.create(topic);
    producer = mock.client().producer({ allowAutoTopicCreation: false });
    await producer.connect();
  });
  afterEach(() => producer.disconnect());

  const snapshots = (ids: readonly string[]) =>
    statuses.flatMap((status) => ids.map((id) => snapshotOf(status, { task: ref(id) })));

  it('writes a CloudEvent in structured mode, by the key of its task', async () => {
    await kafkaPublisher(producer, { topic }).publish(event('completed', 'sora/1'));
    const [row] = await mock.read(topic);
    expect(row).toMatchObject({
      key: 'cometapi/sora=2F1',
      headers: { 'content-type': 'application/cloudevents+json; charset=UTF-8' },
    });
    expect(JSON.parse(textOf(row?.value))).toEqual(event('completed', 'sora/1'));
    const message = { key: row?.key, value: textOf(row?.value), headers: row?.headers };
    const read = sdk.toEvent(message as unknown as Parameters<typeof sdk.toEvent>[0]);
    expect(read).toBeInstanceOf(SdkEvent);
    expect(read).toMatchObject({ id: event('completed', 'sora/1').id, source: 'cometapi', subject: 'sora=2F1' });
  });

  it('keeps all news of a task in one partition, in order, whatever its id', async () => {
    const strange = ['*', '>', 'a.>', '#', '+', '$SYS/x', '/', ' ', 'a/b', '..x', '文', '='];
    const ids = [...strange, ...Array.from({ length: 300 }, (_, i) => `task_${i}`)];
    await lastValueFrom(from(snapshots(ids)).pipe(publishTo(kafkaPublisher(producer, { topic }), { retry })));
    const rows = await mock.read(topic);
    for (const id of ids) {
      const own = rows.filter(({ key }) => key === keyOf(ref(id)));
      expect(new Set(own.map(({ partition }) => partition)).size, id).toBe(1);
      const news = own.map(({ value }) => JSON.parse(textOf(value)));
      expect(news.map(({ data }) => data.task.id)).toEqual(own.map(() => id));
      expect(news.at(-1).type, id).toBe('rushes.task.completed');
    }
    expect(new Set(rows.map(({ partition }) => partition)).size).toBe(4);
  });

  it('loses nothing when the broker goes down in the middle, and duplicates have the same id', async () => {
    const ids = Array.from({ length: 300 }, (_, i) => `task_${i}`);
    const retried: RushesError[] = [];
    const onRetry = (_: unknown, error: RushesError) => retried.push(error);
    await mock.delay(100);
    let acknowledged = 0;
    const crash = async () => {
      await mock.down();
      await mock.delay(0);
      await expect.poll(() => retried.length, { timeout: 10_000 }).toBeGreaterThan(0);
      await mock.up();
    };
    const all = await lastValueFrom(
      from(snapshots(ids)).pipe(
        publishTo(kafkaPublisher(producer, { topic }), { retry, onRetry }),
        mergeMap(async (snapshot) => {
          if (++acknowledged === 100) await crash();
          return snapshot;
        }),
        toArray(),
      ),
    );
    const rows = await mock.read(topic);
    const onTopic = new Map<string | undefined, string[]>();
    for (const { key, value } of rows)
      onTopic.set(key, [...(onTopic.get(key) ?? []), JSON.parse(textOf(value)).id as string]);
    for (const id of ids) {
      const own = onTopic.get(keyOf(ref(id))) ?? [];
      const acked = all.filter(({ task }) => task.id === id).map((snapshot) => toCloudEvent(snapshot).id);
      expect(own.filter((one, i) => one !== own[i - 1])).toEqual(acked);
    }
    expect(all.filter(isTerminal)).toHaveLength(ids.length);
    expect(rows.length, 'answers that were lost were asked for again').toBeGreaterThan(all.length);
    expect(retried[0]).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  });

  it('waits for a broker that is slow', async () => {
    mock.broker.signal('SIGSTOP');
    let isAcknowledged = false;
    const published = lastValueFrom(
      of(snapshotOf('queued', { task: ref('task_1') })).pipe(publishTo(kafkaPublisher(producer, { topic }), { retry })),
    ).then(() => {
      isAcknowledged = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(isAcknowledged).toBe(false);
    mock.broker.signal('SIGCONT');
    await published;
    expect(await mock.read(topic)).toHaveLength(1);
  });

  it('tries again what may be taken later', async () => {
    await mock.refuse(apis.produce, Array(5).fill(kafkaErrors.requestTimedOut));
    const retried: string[] = [];
    const onRetry = (_: unknown, { message }: RushesError) => retried.push(message);
    await lastValueFrom(
      of(snapshotOf('queued', { task: ref('task_1') })).pipe(
        publishTo(kafkaPublisher(producer, { topic }), { retry, onRetry }),
      ),
    );
    expect(retried).toEqual([expect.stringContaining('the bus did not take it')]);
    expect(await mock.read(topic)).toHaveLength(1);
  });

  it.each([
    ['MESSAGE_TOO_LARGE', () => mock.refuse(apis.produce, [kafkaErrors.messageTooLarge])],
    ['TOPIC_AUTHORIZATION_FAILED', () => mock.refuse(apis.produce, [kafkaErrors.topicAuthorizationFailed])],
    ['TOPIC_AUTHORIZATION_FAILED', () => mock.forbid(topic, kafkaErrors.topicAuthorizationFailed)],
  ])('gives up at once for %s', async (word, refuse) => {
    await refuse();
    const retried: unknown[] = [];
    const snapshot = snapshotOf('queued', { task: ref('task_1') });
    const options = { retry, onRetry: (...all: unknown[]) => retried.push(all) };
    await expect(
      lastValueFrom(of(snapshot).pipe(publishTo(kafkaPublisher(producer, { topic }), options))),
    ).rejects.toMatchObject({
      code: 'PUBLISH_FAILED',
      retryable: false,
      message: expect.stringContaining(`Kafka refused it: ${word}`),
      event: { type: 'rushes.task.queued' },
    });
    expect(retried).toEqual([]);
  });

  it('waits for its topic, which it does not create', async () => {
    await mock.forbid(topic, kafkaErrors.unknownTopic);
    const retried: RushesError[] = [];
    const onRetry = (_: unknown, error: RushesError) => {
      retried.push(error);
      void mock.forbid(topic, 0);
    };
    await lastValueFrom(
      of(snapshotOf('queued', { task: ref('task_1') })).pipe(
        publishTo(kafkaPublisher(producer, { topic }), { retry, onRetry }),
      ),
    );
    expect(retried.length).toBeGreaterThan(0);
    expect(await mock.read(topic)).toHaveLength(1);
  });
});

describe('a publisher to Kafka', () => {
  const failing = (error: unknown): KafkaProducer => ({ send: () => Promise.reject(error) });

  it('says that credentials are wrong, and nothing of them', async () => {
    const error = Object.assign(new Error('SASL PLAIN authentication failed: sasl://user:pa55@broker'), {
      name: 'KafkaJSSASLAuthenticationError',
      retriable: false,
    });
    const publishing = kafkaPublisher(failing(error), { topic: 't' }).publish(event('queued'));
    await expect(publishing).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      retryable: false,
      message: 'Kafka refused it: KafkaJSSASLAuthenticationError: SASL PLAIN authentication failed: sasl://broker',
    });
  });

  it('finds the reason in errors that go round in circles', async () => {
    const error = Object.assign(new Error('outer'), { cause: undefined as unknown });
    error.cause = Object.assign(new Error('inner'), { cause: error });
    await expect(kafkaPublisher(failing(error), { topic: 't' }).publish(event('queued'))).rejects.toBe(error);
  });

  it.each<[string, Partial<KafkaPublisherOptions>]>([
    ['kafkaPublisher.topic: expected 1-249 characters', {}],
    ['kafkaPublisher.topic: expected 1-249 characters', { topic: '' }],
    ['kafkaPublisher.topic: expected 1-249 characters', { topic: '..' }],
    ['kafkaPublisher.topic: expected 1-249 characters', { topic: 'video/events' }],
    ['kafkaPublisher.topic: expected 1-249 characters', { topic: 'x'.repeat(250) }],
    ['kafkaPublisher: expected no other options than topic', { topic: 't', acks: 1 } as KafkaPublisherOptions],
  ])('is refused: %s', (message, options) => {
    expect(() => kafkaPublisher(failing('never'), options as KafkaPublisherOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) }),
    );
  });

  it('is refused without a producer', () => {
    expect(() => kafkaPublisher(Object({}), { topic: 't' })).toThrow('kafkaPublisher(producer): expected a producer');
  });
});
