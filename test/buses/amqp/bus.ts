import { type Channel, type ChannelModel, type ConsumeMessage, connect, type Options } from 'amqplib';
import {
  type AmqpPublisherOptions,
  type AmqpSourceOptions,
  amqpPublisher,
  amqpSource,
} from '../../../src/bridges/amqp/index.js';
import { type CloudEvent, fromCloudEvent, toCloudEvent } from '../../../src/bridges/index.js';
import type { Snapshot, TaskRef } from '../../../src/index.js';
import { type FactsOf, snapshotOf } from '../../../src/testing/index.js';
import type { Broker } from '../brokers/broker.js';

interface Reader {
  readonly queues: string[];
  step: 'opening' | 'consuming' | 'closing';
  marked: number;
}

let opened = 0;

/** An exchange of its own at a broker, with a durable queue of all that goes through it, and who looks into that. */
export async function openBus(broker: Broker, queue: Options.AssertQueue = {}) {
  const exchange = `video-${process.pid}-${++opened}`;
  const mark = `mark-${exchange}`;
  const models = new Set<ChannelModel>();
  const dial = async () => {
    const model = await connect(`amqp://127.0.0.1:${broker.port}`);
    models.add(model);
    model.on('error', () => undefined);
    model.on('close', () => models.delete(model));
    return model;
  };
  /** One connection for all that is asked of it, and a new one after that has closed. */
  const line = () => {
    let dialled: Promise<ChannelModel> | undefined;
    return () => {
      dialled ??= dial().then(
        (model) => model.on('close', () => (dialled = undefined)),
        (error) => {
          dialled = undefined;
          throw error;
        },
      );
      return dialled;
    };
  };
  const [asAdmin, asWriter, asReader] = [line(), line(), line()];

  const messages: ConsumeMessage[] = [];
  let marked = 0;
  const admin = async () => {
    const channel = await (await asAdmin()).createConfirmChannel();
    await channel.assertExchange(exchange, 'topic', { durable: true });
    await channel.assertQueue(exchange, { durable: true, ...queue });
    await channel.bindQueue(exchange, exchange, '#');
    return channel;
  };
  let channel = await admin();
  const listen = async () => {
    await channel.consume(exchange, (message) => {
      if (message?.properties.type === mark) marked = Math.max(marked, Number(message.content));
      else if (message) messages.push(message);
      if (message) channel.ack(message);
    });
  };

  const readers = new Set<Reader>();
  /** A channel for a source, of which is known whether it consumes, how far it is and when it has gone. */
  const openChannel = async (): Promise<Channel> => (await asReader()).createChannel();
  const openReader = async () => {
    const state: Reader = { queues: [], step: 'opening', marked: 0 };
    readers.add(state);
    const reader = await openChannel().catch((error) => {
      readers.delete(state);
      throw error;
    });
    reader.on('close', () => readers.delete(state));
    const [assertQueue, consume, close] = [reader.assertQueue, reader.consume, reader.close].map((call) =>
      call.bind(reader),
    ) as [Channel['assertQueue'], Channel['consume'], Channel['close']];
    reader.assertQueue = async (...args) => {
      const reply = await assertQueue(...args);
      state.queues.push(reply.queue);
      return reply;
    };
    reader.consume = async (name, onMessage) => {
      const reply = await consume(name, (message) => {
        if (message?.properties.type !== mark) return onMessage(message);
        reader.ack(message);
        state.marked = Math.max(state.marked, Number(message.content));
      });
      state.step = 'consuming';
      return reply;
    };
    reader.close = () => {
      state.step = 'closing';
      return close();
    };
    return reader;
  };

  const openWriter = async () => (await asWriter()).createConfirmChannel();

  let marks = 0;
  const tell = (routingKey: string, content: Uint8Array | string, options: Options.Publish = {}) =>
    new Promise<void>((resolve, reject) => {
      const confirmed = (error: unknown) => (error ? reject(error) : resolve());
      channel.publish(exchange, routingKey, Buffer.from(content), options, confirmed);
    });
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  const settle = async (withSource = true) => {
    await until(() => !withSource || [...readers].every(({ step }) => step === 'consuming'));
    const count = ++marks;
    await tell('test.mark', `${count}`, { type: mark, CC: ['other.mark'] });
    await until(() => marked >= count && (!withSource || [...readers].every((reader) => reader.marked >= count)));
    await until(() => !withSource || [...readers].every(({ step }) => step === 'consuming'));
  };

  return {
    exchange,
    messages,
    settle,
    listen,
    line,
    tell,
    openReader,
    openWriter,
    asWriter,
    asReader,
    publisher: (more: Partial<AmqpPublisherOptions> = {}) => amqpPublisher(openWriter, { exchange, ...more }),
    source: (more: Partial<AmqpSourceOptions> = {}) => amqpSource(openReader, { exchange, ...more }),
    admin: () => channel,
    /** Looks again, once the broker is back. */
    async reopen(): Promise<void> {
      channel = await admin();
      await listen();
    },
    /** Consumers of sources that the broker knows. */
    async consumers(): Promise<number> {
      let count = 0;
      for (const name of [...readers].flatMap(({ queues }) => queues)) {
        const probe = await (await asReader()).createChannel();
        probe.on('error', () => undefined);
        count += await probe.checkQueue(name).then(
          ({ consumerCount }) => consumerCount,
          () => 0,
        );
        await probe.close().catch(() => undefined);
      }
      return count;
    },
    readers,
    /** What was heard of each task, in order. */
    news(): Map<string, { readonly id: string; readonly status: string }[]> {
      const byTask = new Map<string, { id: string; status: string }[]>();
      for (const { content } of messages) {
        const told = fromCloudEvent(content);
        if (!told) continue;
        const { id } = JSON.parse(content.toString()) as CloudEvent;
        const status = told.kind === 'snapshot' ? told.snapshot.status : 'lost';
        byTask.set(told.task.id, [...(byTask.get(told.task.id) ?? []), { id, status }]);
      }
      return byTask;
    },
    async close(): Promise<void> {
      await channel.deleteQueue(exchange).catch(() => undefined);
      await Promise.all([...models].map((model) => model.close()));
    },
  };
}

export function ref(id: string): TaskRef {
  return { provider: 'test', id };
}

/** The event of a task's news. */
export function eventOf(id: string, status: Snapshot['status'], facts: FactsOf<Snapshot> = {}): CloudEvent {
  return toCloudEvent(snapshotOf(status, { ...facts, task: ref(id) }), 1_800_000_000_000);
}
