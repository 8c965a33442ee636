import { Cluster } from 'ioredis';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { redisPublisher, redisSource } from '../../../src/bridges/redis/index.js';
import { latestKeys } from '../../../src/bridges/redis/redis-client.js';
import { Broker } from '../brokers/broker.js';
import { redisServer } from '../brokers/redis.js';
import { type BusOptions, clients, eventOf, listen, openBus, poll, ref } from './bus.js';

const hasRedis = inject('brokers').includes('redis-server');

const opened: { close(): unknown }[] = [];
const start = async (more: Readonly<Record<string, string>> = {}) => {
  const broker = await Broker.start(redisServer({ appendfsync: 'no', ...more }));
  opened.push(broker);
  return broker;
};
const bus = async (broker: Broker, options: BusOptions = {}) => {
  const one = await openBus(broker, options);
  opened.unshift(one);
  return one;
};
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

describe.skipIf(!hasRedis).each(clients)('the least rights, through %s,', (client) => {
  const keys = ['video.events', '{video.events}:latest:*'];
  const user = (name: string, ...rules: readonly string[]) =>
    ['ACL', 'SETUSER', name, 'on', `>${name}`, ...rules] as const;
  const publisher = { stream: 'video.events' };
  const ofPublisher = ['+evalsha', '+eval', '+hmget', '+xadd', '+hset', '+pexpire', ...keys.map((key) => `~${key}`)];
  const ofSource = ['+xread', '+xrange', '+xrevrange', '+hmget', ...keys.map((key) => `%R~${key}`)];

  it('are enough', async () => {
    vi.spyOn(console, 'warn').mockReturnValue(undefined);
    const broker = await start();
    const { admin } = await bus(broker);
    await admin.call(...user('pub', ...ofPublisher));
    await admin.call(...user('sub', ...ofSource));
    const writer = await bus(broker, { client, username: 'pub', password: 'pub', publisher });
    const reader = await bus(broker, { client, username: 'sub', password: 'sub', publisher });
    await writer.publisher.publish(eventOf('a', 'queued'));
    const listener = listen(reader.source(), ref('a'));
    await poll(() => listener.heard).toEqual(['queued']);
    await writer.publisher.publish(eventOf('a', 'completed'));
    await poll(() => listener.end).toBe('complete');
    await expect(reader.publisher.publish(eventOf('b', 'queued'))).rejects.toThrow('NOPERM');
    const blind = listen(writer.source(), ref('a'));
    await poll(() => blind.end).toMatchObject({ code: 'UNAUTHORIZED' });
    vi.restoreAllMocks();
  });

  it.each(ofPublisher.filter((right) => right !== '+eval'))('of a publisher need %s', async (right) => {
    vi.spyOn(console, 'warn').mockReturnValue(undefined);
    const broker = await start();
    const { admin } = await bus(broker);
    await admin.call(...user('pub', ...ofPublisher.filter((other) => other !== right)));
    const writer = await bus(broker, { client, username: 'pub', password: 'pub', publisher });
    await expect(writer.publisher.publish(eventOf('a', 'queued'))).rejects.toThrow(
      /NOPERM|The user executing the script can't/,
    );
    vi.restoreAllMocks();
  });
});

describe.skipIf(!hasRedis)('the keys of a task', () => {
  const streams = ['video.events', '{video}.events', 'a{b', 'a:{b}{c}', 'x{y}z}'];

  it('are in the slot of their stream, which a cluster wants', async () => {
    const { admin } = await bus(await start({ 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' }));
    const slotOf = (key: string) => admin.cluster('KEYSLOT', key);
    for (const stream of streams) {
      const latestKey = latestKeys('stream', stream);
      for (const id of ['a', '{', '}', '{}', '{x}', 'a}{b'])
        expect([stream, id, await slotOf(latestKey(ref(id)))]).toEqual([stream, id, await slotOf(stream)]);
    }
  });

  it('serve a publisher and a source of a cluster', async () => {
    const broker = await start({ 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' });
    const { admin } = await bus(broker);
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await poll(() => admin.call('CLUSTER', 'INFO')).toContain('cluster_state:ok');
    const cluster = new Cluster([{ host: '127.0.0.1', port: broker.port }]);
    opened.unshift({ close: () => cluster.disconnect() });
    for (const stream of streams) {
      const publisher = redisPublisher(cluster, { stream });
      const listener = listen(redisSource(cluster, { stream }), ref('a'));
      await publisher.publish(eventOf('a', 'queued'));
      await poll(() => listener.heard).toEqual(['queued']);
      await publisher.publish(eventOf('a', 'completed'));
      await poll(() => listener.end).toBe('complete');
    }
  });

  it('have the prefix of an ioredis client, which in a cluster needs a stream with a hash tag', async () => {
    const broker = await start({ 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' });
    const { admin } = await bus(broker);
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await poll(() => admin.call('CLUSTER', 'INFO')).toContain('cluster_state:ok');
    const tagged = await bus(broker, { keyPrefix: 'app:', publisher: { stream: '{video}.events' } });
    await tagged.publisher.publish(eventOf('a', 'queued'));
    expect((await admin.keys('*')).sort()).toEqual(['app:{video}.events', 'app:{video}.events:latest:test:a']);
    const listener = listen(tagged.source(), ref('a'));
    await poll(() => listener.heard).toEqual(['queued']);
    await tagged.publisher.publish(eventOf('a', 'completed'));
    await poll(() => listener.end).toBe('complete');
    const plain = await bus(broker, { keyPrefix: 'app:', publisher: { stream: 'video.events' } });
    await expect(plain.publisher.publish(eventOf('a', 'queued'))).rejects.toMatchObject({
      message: expect.stringContaining('CROSSSLOT'),
      retryable: false,
    });
  });
});
