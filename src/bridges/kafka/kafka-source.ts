import { Observable, Subject } from 'rxjs';
import { checkNames, invalidArgument, messageOf, RushesError } from '../../errors.js';
import type { SnapshotSource } from '../../watch/snapshot-source.js';
import {
  type BusSourceOptions,
  busSourceDefaults,
  busSourceNames,
  checkBusSource,
} from '../read/bus-source-options.js';
import type { BusMessage } from '../read/read-news.js';
import { toldSource } from '../read/told-source.js';
import { checkTopic, keyOf } from './kafka-topic.js';

/** What is called of a consumer: one of kafkajs. */
export interface KafkaConsumer {
  /** Chooses the topic. */
  subscribe(subscription: { topics: string[]; fromBeginning: boolean }): Promise<unknown>;
  /** Begins to take messages. */
  run(config: { eachMessage(payload: KafkaMessage): Promise<void> }): Promise<unknown>;
  /** Ends that. */
  stop(): Promise<unknown>;
  /** Listens for the end of the consumer; gives how to stop listening. */
  on(
    event: 'consumer.crash',
    listener: (crash: { payload: { error: Error; restart: boolean } }) => void,
  ): () => unknown;
}

/** What is read of a message. */
export interface KafkaMessage {
  message: { key: Uint8Array | null; value: Uint8Array | null };
}

/** Where news comes from in Kafka, and how it is taken. */
export interface KafkaSourceOptions extends BusSourceOptions {
  /** The topic that a `kafkaPublisher` publishes to. */
  readonly topic: string;
  /**
   * Whether a group that has read nothing yet begins with the oldest that the topic holds, not with what comes next.
   * @defaultValue true
   */
  readonly fromBeginning?: boolean;
}

/** The defaults of {@link KafkaSourceOptions} that are plain values. */
export const kafkaSourceDefaults = Object.freeze({
  ...busSourceDefaults,
  fromBeginning: true,
} satisfies Partial<KafkaSourceOptions>);

/**
 * A source of snapshots from a Kafka topic. The consumer runs while anything is watched, once for all watches; the last
 * to leave stops it, and the next starts it again where its group was. Kafka knows no latest message of a task: the first
 * watch of a new group hears what the topic still holds, a later one only what comes.
 *
 * @param consumer - Of kafkajs, connected, and used for nothing else; its group id is this process's alone, as a group
 * divides the messages among its members. Whoever made it disconnects it.
 * @throws `INVALID_ARGUMENT` at the call. A watch is lost with `UNAVAILABLE` when the consumer fails and does not start
 * again by itself.
 * @example
 * ```ts
 * const consumer = new Kafka({ brokers: ['localhost:9092'] }).consumer({ groupId: `board-${randomUUID()}` });
 * await consumer.connect();
 * const client = createClient(kafkaSource(consumer, { topic: 'video.events' }));
 * client.watch({ provider: 'cometapi', id: 'task_abc123' }).subscribe(({ status }) => console.log(status)); // completed
 * ```
 */
export function kafkaSource(consumer: KafkaConsumer, options: KafkaSourceOptions): SnapshotSource {
  const { subscribe, run, stop, on } = Object(consumer) as Partial<KafkaConsumer>;
  if ([subscribe, run, stop, on].some((method) => typeof method !== 'function'))
    throw invalidArgument('kafkaSource(consumer)', 'a consumer of kafkajs', consumer);
  checkNames('kafkaSource', options, [...busSourceNames, 'topic', 'fromBeginning']);
  checkBusSource('kafkaSource', options);
  const topic = checkTopic('kafkaSource.topic', options.topic);
  const { fromBeginning = kafkaSourceDefaults.fromBeginning } = options;
  if (typeof fromBeginning !== 'boolean')
    throw invalidArgument('kafkaSource.fromBeginning', 'true or false', fromBeginning);
  return toldSource(messagesOf(consumer, topic, fromBeginning), options);
}

function messagesOf(consumer: KafkaConsumer, topic: string, fromBeginning: boolean): Observable<BusMessage> {
  // What a consumer reads while it stops is not read again: it is for whoever waits to start it anew.
  const messages = new Subject<BusMessage>();
  const eachMessage = async (payload: KafkaMessage) => messages.next(busMessage(payload));
  // A consumer that is still stopping takes no new run, and does not say so.
  let idle: Promise<unknown> = Promise.resolve();
  return new Observable((subscriber) => {
    const fail = (error: unknown) => subscriber.error(readTrouble(error));
    const forget = consumer.on('consumer.crash', ({ payload }) => {
      if (!payload.restart) fail(payload.error);
    });
    const running = idle.then(async () => {
      if (subscriber.closed) return;
      await consumer.subscribe({ topics: [topic], fromBeginning });
      await consumer.run({ eachMessage });
    });
    running.catch(fail);
    subscriber.add(messages.subscribe(subscriber));
    subscriber.add(() => {
      forget();
      const stop = () => consumer.stop();
      idle = running.then(stop, stop);
      // A stop that failed is told to who comes next.
      idle.catch(() => undefined);
    });
  });
}

function readTrouble(error: unknown): RushesError {
  const message = `Kafka could not be read: ${messageOf(error)}`;
  return new RushesError('UNAVAILABLE', message, { retryable: true, cause: error });
}

function busMessage({ message: { key, value } }: KafkaMessage): BusMessage {
  const address = key && new TextDecoder().decode(key);
  return { body: value, isAddressOf: (task) => address === keyOf(task) };
}
