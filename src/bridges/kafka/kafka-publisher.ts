import { checkNames, invalidArgument, messageOf, RushesError } from '../../errors.js';
import type { Publisher } from '../publish/publisher.js';
import { checkTopic, keyOf } from './kafka-topic.js';

/** What is called of a producer: one of kafkajs, or one of `@platformatic/kafka` with its `stringSerializers`. */
export interface KafkaProducer {
  /** Resolves once the brokers have acknowledged. */
  send(record: KafkaRecord): PromiseLike<unknown>;
}

/** One event: kafkajs reads the topic of the record, `@platformatic/kafka` that of each message. */
export interface KafkaRecord {
  topic: string;
  /** -1: the broker answers once all replicas that are in sync have it. */
  acks: number;
  messages: { topic: string; key: string; value: string; headers: Record<string, string> }[];
}

/** Where news goes in Kafka. */
export interface KafkaPublisherOptions {
  /** The topic, which is not created: 1-249 characters of `a-z`, `A-Z`, `0-9`, `.`, `_` and `-`. */
  readonly topic: string;
}

/**
 * Publishes to a Kafka topic, acknowledged by all replicas in sync. The key is `<provider>/<id token>`, so all news of a
 * task goes to one partition, in order, as long as the number of partitions stays and all producers partition alike. What
 * was sent again after a lost answer is there twice, with the same `id`.
 *
 * @param producer - Of kafkajs, connected; or of `@platformatic/kafka`, made with `serializers: stringSerializers`.
 * @throws `INVALID_ARGUMENT` at the call for a topic that Kafka cannot have. Publishing rejects with `REJECTED` for what
 * the broker will never take, such as a message that is too large, and with `UNAUTHORIZED`; neither is tried again.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 * @example
 * ```ts
 * const producer = new Kafka({ brokers: ['localhost:9092'] }).producer({ allowAutoTopicCreation: false });
 * await producer.connect();
 * client.watch('task_abc123').pipe(publishTo(kafkaPublisher(producer, { topic: 'video.events' }))).subscribe();
 * // key cometapi/task_abc123, value {"specversion":"1.0","id":"cometapi:task_abc123:terminal", … }
 * ```
 */
export function kafkaPublisher(producer: KafkaProducer, options: KafkaPublisherOptions): Publisher {
  if (typeof Object(producer).send !== 'function')
    throw invalidArgument('kafkaPublisher(producer)', 'a producer of kafkajs or @platformatic/kafka', producer);
  checkNames('kafkaPublisher', options, ['topic']);
  const topic = checkTopic('kafkaPublisher.topic', options.topic);
  // With its option `strict`, @platformatic/kafka refuses a record that has a topic.
  const isPerMessage = 'asStream' in producer;
  return {
    async publish(event) {
      const key = keyOf(event.data.task);
      const headers: Record<string, string> = { 'content-type': 'application/cloudevents+json; charset=UTF-8' };
      const perMessage = { acks: -1, messages: [{ topic, key, value: JSON.stringify(event), headers }] };
      try {
        await producer.send(isPerMessage ? (perMessage as KafkaRecord) : { topic, ...perMessage });
      } catch (error) {
        throw refusal(error) ?? error;
      }
    },
  };
}

const neverTaken: ReadonlySet<unknown> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_REQUIRED_ACKS',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'POLICY_VIOLATION',
  'INVALID_RECORD',
]);

const denied = /AUTHORIZATION_FAILED$|AUTHENTICATION/i;

/** What will be answered again however often the event is sent; nothing for trouble that may pass. */
function refusal(error: unknown): RushesError | undefined {
  for (const { name, type, code, apiId, message } of errorsIn(error)) {
    const words = [name, type, code, apiId].filter((word) => typeof word === 'string');
    const denial = words.find((word) => denied.test(word));
    const word = denial ?? words.find((word) => neverTaken.has(word));
    if (word !== undefined) {
      const text = `Kafka refused it: ${word}: ${messageOf({ message })}`;
      return new RushesError(denial === undefined ? 'REJECTED' : 'UNAUTHORIZED', text, { cause: error });
    }
  }
  return undefined;
}

/** An error and those that it was made of: kafkajs nests the broker's as `cause`, the other as `errors`. */
function* errorsIn(error: unknown, depth = 4): Generator<Readonly<Record<string, unknown>>> {
  if (typeof error !== 'object' || error === null || depth === 0) return;
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  yield error as Readonly<Record<string, unknown>>;
  for (const inner of [cause, ...(Array.isArray(errors) ? errors : [])]) yield* errorsIn(inner, depth - 1);
}
