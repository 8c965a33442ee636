import { defer, Observable } from 'rxjs';
import { checkNames, messageOf, RushesError } from '../../errors.js';
import { retryTransient } from '../../operators/retry-transient.js';
import type { SnapshotSource } from '../../watch/snapshot-source.js';
import { addressOf } from '../address.js';
import { type BusSourceOptions, busSourceNames, checkBusSource } from '../read/bus-source-options.js';
import { type BusMessage, GAP, type Gap } from '../read/read-news.js';
import { toldSource } from '../read/told-source.js';
import { type AmqpEvents, checkAmqp, closedForGood } from './amqp-channel.js';

/** A message as amqplib gives it. */
export interface AmqpMessage {
  readonly content: Uint8Array;
  readonly fields: { readonly deliveryTag: number; readonly routingKey: string };
}

/** What is called of the `Channel` of amqplib. */
export interface AmqpChannel extends AmqpEvents {
  /** Limits how many messages are on their way at once. */
  prefetch(count: number): PromiseLike<unknown>;
  /** Makes a queue, which the broker names. */
  assertQueue(
    name: string,
    options: { exclusive: boolean; autoDelete: boolean; durable: boolean },
  ): PromiseLike<{ readonly queue: string }>;
  /** Lets an exchange's messages into a queue. */
  bindQueue(queue: string, exchange: string, pattern: string): PromiseLike<unknown>;
  /** Begins to take messages. */
  consume(
    queue: string,
    onMessage: (message: AmqpMessage | null) => void,
  ): PromiseLike<{ readonly consumerTag: string }>;
  /** Takes a message off the queue. */
  ack(message: AmqpMessage): void;
  /** Ends a consumer. */
  cancel(consumerTag: string): PromiseLike<unknown>;
  /** Closes the channel, and with it its queues. */
  close(): PromiseLike<unknown>;
}

/** Where news is at an AMQP 0-9-1 broker, and how it is taken. */
export interface AmqpSourceOptions extends BusSourceOptions {
  /** The topic exchange that the publisher has. */
  readonly exchange: string;
}

/** Messages that are on their way at once. */
const PREFETCH = 100;

/**
 * From a broker of AMQP 0-9-1, by amqplib: what comes while it watches, nothing from before. Each provider that is watched
 * has one exclusive queue, bound by `<provider>.*`, and one consumer, however many tasks are watched; they go with the last.
 *
 * @param channel - A channel, or better a function that opens one for the source alone: it is called when the first
 * task of a provider is watched, and again after that has closed, for ten minutes at most. What is published meanwhile
 * is not heard: then there has to be news of each task within `firstNewsMs`, as at first. A channel that is given as it
 * is keeps its own prefetch, and is not closed.
 * @throws `INVALID_ARGUMENT` at the call for options that are wrong; `UNAVAILABLE` as the error when there is no
 * channel; `STALLED` when nothing was heard of a task for `firstNewsMs`, at first or after the channel was lost.
 * @example
 * ```ts
 * const connection = await connect('amqp://127.0.0.1', { recovery: true });
 * const source = amqpSource(() => connection.createChannel(), { exchange: 'video' });
 * source({ provider: 'cometapi', id: 'task_abc123' }).subscribe(({ status }) => console.log(status)); // queued … completed
 * ```
 */
export function amqpSource(
  channel: AmqpChannel | (() => PromiseLike<AmqpChannel>),
  options: AmqpSourceOptions,
): SnapshotSource {
  checkNames('amqpSource', options, [...busSourceNames, 'exchange']);
  checkAmqp('amqpSource', channel, 'consume', options.exchange);
  checkBusSource('amqpSource', options);
  const { exchange, scheduler } = options;
  const sources = new Map<string, SnapshotSource>();
  const messagesOf = (provider: string): Observable<BusMessage | Gap> => {
    const messages = consumed(channel, exchange, `${provider}.*`);
    return typeof channel === 'function'
      ? messages.pipe(retryTransient({ ...(scheduler && { scheduler }) }))
      : messages;
  };
  return (task) =>
    defer(() => {
      const [provider] = addressOf(task);
      const source = sources.get(provider) ?? toldSource(messagesOf(provider), options);
      sources.set(provider, source);
      return source(task);
    });
}

/** Messages of a queue of its own, after the gap before them, which is something good to who retries. */
function consumed(
  given: AmqpChannel | (() => PromiseLike<AmqpChannel>),
  exchange: string,
  pattern: string,
): Observable<BusMessage | Gap> {
  const isOwn = typeof given === 'function';
  return new Observable((subscriber) => {
    let reason: unknown;
    let isConsuming = false;
    const begin = () => {
      if (!isConsuming) subscriber.next(GAP);
      isConsuming = true;
    };
    const onError = (error: unknown) => {
      reason = error;
    };
    const onClose = () => fail(new Error('the channel has closed'));
    const fail = (error: unknown) =>
      subscriber.error(isOwn ? lost(reason ?? error) : closedForGood('amqpSource', reason ?? error, true));
    const onMessage = (channel: AmqpChannel, message: AmqpMessage | null) => {
      if (message === null) return fail(new Error('the broker has cancelled the consumer'));
      // The first may be here before the promise of `consume` is kept.
      begin();
      const { content, fields } = message;
      channel.ack(message);
      subscriber.next({ body: content, isAddressOf: ({ provider }) => fields.routingKey.startsWith(`${provider}.`) });
    };
    const consume = async () => {
      const channel = await (isOwn ? given() : given);
      channel.on('error', onError);
      channel.on('close', onClose);
      if (isOwn) await channel.prefetch(PREFETCH);
      const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true, durable: false });
      await channel.bindQueue(queue, exchange, pattern);
      const { consumerTag } = await channel.consume(queue, (message) => onMessage(channel, message));
      begin();
      return { channel, consumerTag };
    };
    const consuming = consume();
    consuming.catch(fail);
    subscriber.add(async () => {
      try {
        const { channel, consumerTag } = await consuming;
        if (isOwn) await channel.close();
        else await channel.cancel(consumerTag);
        channel.removeListener('close', onClose);
        channel.removeListener('error', onError);
      } catch {
        // The channel has closed, and its consumer and queue with it.
      }
    });
  });
}

function lost(error: unknown): RushesError {
  const message = `the channel to the broker is lost: ${messageOf(error)}`;
  return new RushesError('UNAVAILABLE', message, { retryable: true, cause: error });
}
