import { randomUUID } from 'node:crypto';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers } from '@nats-io/transport-node';
import amqplib from 'amqplib';
import { Redis } from 'ioredis';
import mqtt from 'mqtt';
import { Subject } from 'rxjs';
import { amqpPublisher } from '../../src/bridges/amqp/index.js';
import { type CloudEvent, type Publisher, publishTo } from '../../src/bridges/index.js';
import { mqttPublisher } from '../../src/bridges/mqtt/index.js';
import { natsPublisher } from '../../src/bridges/nats/index.js';
import { redisPublisher } from '../../src/bridges/redis/index.js';
import type { Snapshot } from '../../src/index.js';

// Prints the CPU time of one acknowledged publish, in microseconds: of an event by a publisher, of a snapshot by
// `publishTo`, or of an event by the bus's client alone, with the same done at the bus and an event made by hand.

const [side = '', bus = '', port = ''] = process.argv.slice(2);
const inFlight = 32;
const warmUp = 10_000;
const measured = 30_000;
const run = randomUUID().slice(0, 8);

/** A bus to publish to, by ours and by its client alone. */
interface Ways {
  readonly publisher: Publisher;
  bare(id: string, json: string): Promise<unknown>;
}

/** The least that leaves both the entry and the latest state. */
const addLatest = `
redis.call('XADD', KEYS[1], 'MAXLEN', '~', 100000, '*', 'event', ARGV[1])
redis.call('SET', KEYS[2], ARGV[1], 'PX', 604800000)`;

const buses: Readonly<Record<string, () => Promise<Ways>>> = {
  async nats() {
    const connection = await connect({ port: Number(port) });
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: `bench-${run}`, subjects: [`bench.${run}.>`], storage: 'memory' });
    const js = jetstream(connection);
    const subject = `bench.${run}`;
    return {
      publisher: natsPublisher(js, { subject }),
      bare: (id, json) => {
        const fields = headers();
        fields.set('Content-Type', 'application/cloudevents+json');
        const options = { headers: fields, expect: { lastSubjectSequence: 0 } };
        return js.publish(`${subject}.cometapi.${id}`, json, options);
      },
    };
  },
  async redis() {
    const redis = new Redis(Number(port));
    const stream = `bench-${run}`;
    redis.defineCommand('addLatest', { numberOfKeys: 2, lua: addLatest });
    const { addLatest: add } = redis as unknown as { addLatest(...args: string[]): Promise<unknown> };
    return {
      publisher: redisPublisher(redis, { stream }),
      bare: (id, json) => add.call(redis, stream, `{${stream}}:${id}`, json),
    };
  },
  async amqp() {
    const channel = await (await amqplib.connect(`amqp://127.0.0.1:${port}`)).createConfirmChannel();
    const exchange = `bench-${run}`;
    await channel.assertExchange(exchange, 'topic');
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, exchange, '#');
    return {
      publisher: amqpPublisher(channel, { exchange }),
      bare: (id, json) =>
        new Promise((resolve, reject) => {
          const options = { persistent: true, messageId: id, contentType: 'application/cloudevents+json' };
          channel.publish(exchange, 'cometapi.in_progress', Buffer.from(json), options, (error) =>
            error ? reject(error) : resolve(undefined),
          );
        }),
    };
  },
  async mqtt() {
    const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5 });
    await new Promise<void>((resolve) => client.once('connect', () => resolve()));
    const topic = `bench/${run}`;
    const properties = { contentType: 'application/cloudevents+json' };
    return {
      publisher: mqttPublisher(client, { topic }),
      bare: (id, json) => client.publishAsync(`${topic}/cometapi/${id}`, json, { qos: 1, properties }),
    };
  },
};

const idOf = (nth: number) => `task_${run}${String(nth).padStart(19, '0')}`;

const snapshotOf = (nth: number): Snapshot => ({
  task: { provider: 'cometapi', id: idOf(nth) },
  status: 'in_progress',
  providerStatus: 'in_progress',
  progress: nth % 100,
  createdAt: 1_773_296_991_000,
  model: 'sora-2',
  seconds: 4,
  size: '1280x720',
});

/** What somebody would make by hand of the same snapshot. */
function handMade(snapshot: Snapshot): CloudEvent {
  const { task, status, progress } = snapshot;
  return {
    specversion: '1.0',
    id: `${task.provider}:${task.id}:${status}:${progress}`,
    source: task.provider,
    type: `rushes.task.${status}`,
    subject: task.id,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    data: { kind: 'snapshot', task, snapshot },
  };
}

const { publisher, bare } = await (buses[bus] as () => Promise<Ways>)();

/** Keeps so many under way until `count` are acknowledged. */
function publish(from: number, count: number): Promise<void> {
  let next = from;
  let acknowledged = 0;
  return new Promise((resolve, reject) => {
    const done = () => {
      if (++acknowledged === count) resolve();
      else if (next < from + count) start(next++);
    };
    const news = new Subject<Snapshot>();
    const start = (nth: number): void => {
      const snapshot = snapshotOf(nth);
      if (side === 'operator') {
        news.next(snapshot);
        return;
      }
      const event = handMade(snapshot);
      const publishing = side === 'bare' ? bare(snapshot.task.id, JSON.stringify(event)) : publisher.publish(event);
      publishing.then(done, reject);
    };
    news.pipe(publishTo(publisher, { concurrency: inFlight })).subscribe({ next: done, error: reject });
    while (next < from + inFlight) start(next++);
  });
}

await publish(0, warmUp);
const before = process.cpuUsage();
await publish(warmUp, measured);
const { user, system } = process.cpuUsage(before);
console.log((user + system) / measured);
process.exit();
