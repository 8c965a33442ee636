import { firstValueFrom, from, throwError, timeout } from 'rxjs';
import { checkNames, invalidArgument } from '../../errors.js';
import { addressOf, checkAddress } from '../address.js';
import type { CloudEvent } from '../envelope/cloud-event.js';
import type { Publisher } from '../publish/publisher.js';
import { type AmqpEvents, checkAmqp, closedForGood, MAX_SHORT_BYTES } from './amqp-channel.js';

/** What is called of the `ConfirmChannel` of amqplib. */
export interface AmqpConfirmChannel extends AmqpEvents {
  /** Listens for the end of the channel. */
  on(event: 'close', listener: () => void): unknown;
  /** Listens for why it ends. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Listens for messages that no queue took. */
  on(event: 'return', listener: (message: AmqpReturn) => void): unknown;
  /** Sends a message; the callback is told of its confirmation. */
  publish(
    exchange: string,
    routingKey: string,
    content: Uint8Array,
    options: {
      readonly persistent: boolean;
      readonly mandatory: boolean;
      readonly contentType: string;
      readonly messageId: string;
      readonly type: string;
    },
    confirmed: (error: unknown) => void,
  ): unknown;
  /** Closes a channel that was opened too late. */
  close(): PromiseLike<unknown>;
}

/** A message that no queue took, as amqplib tells it. */
export interface AmqpReturn {
  readonly fields: { readonly exchange?: string; readonly routingKey: string; readonly replyText?: string };
  readonly properties: { readonly messageId?: unknown };
}

/** Where events go at an AMQP 0-9-1 broker. */
export interface AmqpPublisherOptions {
  /** A topic exchange that is there already. */
  readonly exchange: string;
  /** Whether an event that no queue takes is trouble; else it is published although nobody has it. @defaultValue `true` */
  readonly mandatory?: boolean;
}

/** The defaults of {@link AmqpPublisherOptions} that are plain values. */
export const amqpPublisherDefaults = Object.freeze({ mandatory: true } satisfies Partial<AmqpPublisherOptions>);

/** How long a channel may take to open: far shorter than `publishTo` waits for an answer, so that it tries again. */
const OPEN_MS = 30_000;

/**
 * Onto a broker of AMQP 0-9-1, by amqplib: a persistent message with the routing key `<provider>.<status>`, such as
 * `cometapi.completed` or `cometapi.lost`, and the event's id as its message id. It is published once the broker has
 * confirmed it, which for a durable queue means that it is on disk.
 *
 * @param channel - A confirm channel, or better a function that opens one: it is called at first, and again after that has
 * closed, or was not there within 30,000 milliseconds. One that comes later is closed.
 * @throws `INVALID_ARGUMENT` at the call for options that are wrong, and for an event whose id has more than 255 bytes.
 * @example
 * ```ts
 * const connection = await connect('amqp://127.0.0.1', { recovery: true });
 * const publisher = amqpPublisher(() => connection.createConfirmChannel(), { exchange: 'video' });
 * client.watch('task_abc123').pipe(publishTo(publisher)).subscribe(); // cometapi.queued … cometapi.completed
 * ```
 */
export function amqpPublisher(
  channel: AmqpConfirmChannel | (() => PromiseLike<AmqpConfirmChannel>),
  options: AmqpPublisherOptions,
): Publisher {
  checkNames('amqpPublisher', options, Object.keys({ exchange: '', ...amqpPublisherDefaults }));
  const settings = { ...amqpPublisherDefaults, ...options };
  checkAmqp('amqpPublisher', channel, 'publish', settings.exchange);
  if (typeof settings.mandatory !== 'boolean')
    throw invalidArgument('amqpPublisher.mandatory', 'true or false', settings.mandatory);
  if (typeof channel !== 'function') {
    let isClosed = false;
    const confirms = new Confirms(channel, settings, () => {
      isClosed = true;
    });
    return {
      publish: (event) =>
        confirms.publish(event).catch((error: unknown) => {
          throw isClosed ? closedForGood('amqpPublisher', error, false) : error;
        }),
    };
  }

  let opened: Promise<Confirms> | undefined;
  const open = () => {
    const attempt = inTime(Promise.resolve(channel())).then((fresh) => new Confirms(fresh, settings, forget));
    const forget = () => {
      if (opened === attempt) opened = undefined;
    };
    attempt.catch(forget);
    return attempt;
  };
  return {
    async publish(event) {
      opened ??= open();
      await (await opened).publish(event);
    },
  };
}

function inTime(opening: Promise<AmqpConfirmChannel>): Promise<AmqpConfirmChannel> {
  const late = () => {
    closeWhenOpen(opening);
    return throwError(() => new Error(`no channel was opened within ${OPEN_MS} ms`));
  };
  return firstValueFrom(from(opening).pipe(timeout({ first: OPEN_MS, with: late })));
}

async function closeWhenOpen(opening: Promise<AmqpConfirmChannel>): Promise<void> {
  try {
    const channel = await opening;
    channel.on('error', () => {});
    await channel.close();
  } catch {
    // There is none, or it has closed by itself.
  }
}

interface Sent {
  readonly routingKey: string;
  readonly messageId: string;
  returned?: string;
}

/** What is under way on one channel. */
class Confirms {
  readonly #channel: AmqpConfirmChannel;
  readonly #settings: Required<AmqpPublisherOptions>;
  readonly #onClosed: () => void;
  readonly #underWay = new Map<Sent, (error: unknown) => void>();
  #reason: unknown;

  constructor(channel: AmqpConfirmChannel, settings: Required<AmqpPublisherOptions>, onClosed: () => void) {
    this.#channel = channel;
    this.#settings = settings;
    this.#onClosed = onClosed;
    channel.on('return', (message) => this.#return(message));
    channel.on('error', (error) => {
      this.#reason = error;
    });
    channel.on('close', () => {
      onClosed();
      for (const settle of [...this.#underWay.values()]) settle(new Error('the channel has closed'));
    });
  }

  publish(event: CloudEvent): Promise<void> {
    const { exchange, mandatory } = this.#settings;
    return new Promise((resolve, reject) => {
      const messageId = checkAddress('messageId', event.id, MAX_SHORT_BYTES);
      const sent: Sent = { messageId, routingKey: routingKeyOf(event) };
      const settle = (error: unknown) => {
        this.#underWay.delete(sent);
        if (error) reject(this.#reason ?? error);
        else if (sent.returned === undefined) resolve();
        else reject(new Error(`no queue takes ${sent.routingKey} from the exchange ${exchange}: ${sent.returned}`));
      };
      // amqplib takes nothing but the Buffer of Node.
      const content = Buffer.from(JSON.stringify(event));
      const contentType = 'application/cloudevents+json';
      const properties = { persistent: true, mandatory, contentType, messageId, type: event.type };
      this.#underWay.set(sent, settle);
      try {
        this.#channel.publish(exchange, sent.routingKey, content, properties, settle);
      } catch (error) {
        if (Object(error).name === 'IllegalOperationError') this.#onClosed();
        settle(error);
      }
    });
  }

  /** A channel may be shared, and one event be under way twice: a return that fits both is held against both. */
  #return({ fields, properties }: AmqpReturn): void {
    if (fields.exchange !== this.#settings.exchange) return;
    for (const sent of this.#underWay.keys()) {
      if (sent.messageId === properties.messageId && sent.routingKey === fields.routingKey)
        sent.returned = fields.replyText ?? 'returned';
    }
  }
}

function routingKeyOf({ data }: CloudEvent): string {
  const [provider] = addressOf(data.task);
  const status = data.kind === 'lost' ? 'lost' : data.snapshot.status;
  return checkAddress('routingKey', `${provider}.${status}`, MAX_SHORT_BYTES);
}
