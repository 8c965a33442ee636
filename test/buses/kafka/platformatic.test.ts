import {
  createRecordsBatch,
  kGetApi,
  kGetConnection,
  kMetadata,
  Producer,
  Reader,
  ResponseError,
  readRecordsBatch,
  stringSerializers,
} from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { toCloudEvent } from '../../../src/bridges/index.js';
import { kafkaPublisher } from '../../../src/bridges/kafka/index.js';
import { snapshotOf } from '../../../src/testing/index.js';

type Done = (error: Error | null, answer?: unknown) => void;
type Messages = Parameters<typeof createRecordsBatch>[0];

const topic = 'video.events';
const event = toCloudEvent(snapshotOf('completed', { task: { provider: 'cometapi', id: 'sora/1' } }));

interface Sent {
  readonly acks: number;
  readonly partition: number | undefined;
  readonly records: ReturnType<typeof readRecordsBatch>['records'];
}

/** The real producer up to the bytes of a batch; what would go over a connection is kept, or refused. */
function unconnected({ strict = false, refusal }: { strict?: boolean; refusal?: number }) {
  const sent: Sent[] = [];
  const partitions = Array.from({ length: 4 }, () => ({ leader: 1 }));
  const metadata = { brokers: new Map([[1, {}]]), topics: new Map([[topic, { partitionsCount: 4, partitions }]]) };
  const produce = (_: unknown, acks: number, __: number, messages: Messages, ___: unknown, done: Done) => {
    if (refusal !== undefined) {
      done(new ResponseError(0, 11, { '/responses/0/partition_responses/0': [refusal, null] }, {}));
      return;
    }
    const { records } = readRecordsBatch(Reader.from(createRecordsBatch(messages)));
    sent.push({ acks, partition: messages[0]?.partition, records });
    done(null, { responses: [] });
  };
  const options = { clientId: 'test', bootstrapBrokers: ['127.0.0.1:1'], retries: 0, strict };
  const producer = Object.assign(new Producer({ ...options, serializers: stringSerializers }), {
    [kMetadata]: (_: unknown, done: Done) => done(null, metadata),
    [kGetConnection]: (_: unknown, done: Done) => done(null, {}),
    [kGetApi]: (_: unknown, done: Done) => done(null, produce),
  });
  return { producer, sent };
}

describe('publishing to Kafka with @platformatic/kafka', () => {
  it.each([true, false])('puts the same on the wire as with kafkajs, strict or not: %s', async (strict) => {
    const { producer, sent } = unconnected({ strict });
    await kafkaPublisher(producer, { topic }).publish(event);
    expect(sent.map(({ acks, partition }) => [acks, partition])).toEqual([[-1, expect.any(Number)]]);
    const records = sent.flatMap(({ records }) => records);
    expect(records.map(({ key }) => String(key))).toEqual(['cometapi/sora=2F1']);
    expect(records.map(({ value }) => JSON.parse(String(value)))).toEqual([event]);
    expect(records.flatMap(({ headers }) => headers.map(String))).toEqual([
      'content-type,application/cloudevents+json; charset=UTF-8',
    ]);
    await producer.close();
  });

  it.each([
    [10, 'REJECTED', 'MESSAGE_TOO_LARGE'],
    [17, 'REJECTED', 'INVALID_TOPIC_EXCEPTION'],
    [29, 'UNAUTHORIZED', 'TOPIC_AUTHORIZATION_FAILED'],
  ])('says why the broker will never take it: error %d', async (number, code, word) => {
    const { producer } = unconnected({ refusal: number });
    await expect(kafkaPublisher(producer, { topic }).publish(event)).rejects.toMatchObject({
      code,
      retryable: false,
      message: expect.stringContaining(`Kafka refused it: ${word}: `),
    });
    await producer.close();
  });

  it('leaves trouble that may pass as it is', async () => {
    const { producer } = unconnected({ refusal: 19 });
    await expect(kafkaPublisher(producer, { topic }).publish(event)).rejects.toMatchObject({
      code: expect.stringMatching(/^PLT_KFK_/),
    });
    await producer.close();
  });

  it('takes only a producer that serializes text', () => {
    const options = { clientId: 'test', bootstrapBrokers: ['127.0.0.1:1'] };
    const ofText = new Producer({ ...options, serializers: stringSerializers });
    const ofBuffers = new Producer<Buffer, Buffer, Buffer, Buffer>(options);
    const publishers = [
      kafkaPublisher(ofText, { topic }),
      // @ts-expect-error: text is not serialized.
      kafkaPublisher(ofBuffers, { topic }),
    ];
    expect(publishers).toHaveLength(2);
  });
});
