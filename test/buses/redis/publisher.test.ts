import { inspect } from 'node:util';
import type { Cluster, Redis } from 'ioredis';
import type { createClient, createClientPool } from 'redis';
import { firstValueFrom, lastValueFrom, of } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, expectTypeOf, inject, it } from 'vitest';
import { type CloudEvent, isPublishFailed, publishTo } from '../../../src/bridges/index.js';
import { type RedisClient, type RedisCommands, redisPublisher, redisSource } from '../../../src/bridges/redis/index.js';
import { RushesError } from '../../../src/index.js';
import { snapshotOf } from '../../../src/testing/index.js';
import { Broker } from '../brokers/broker.js';
import { redisServer } from '../brokers/redis.js';
import { type Bus, type BusOptions, clients, eventOf, openBus, ref } from './bus.js';

describe('the clients', () => {
  it('are what a publisher and a source take', () => {
    expectTypeOf<Redis>().toExtend<RedisClient>();
    expectTypeOf<Cluster>().toExtend<RedisClient>();
    expectTypeOf<ReturnType<typeof createClient>>().toExtend<RedisClient>();
    expectTypeOf<ReturnType<typeof createClientPool>>().toExtend<RedisCommands>();
  });
});

describe('the options', () => {
  const call = async () => null;
  const client: RedisClient = { call, duplicate: () => ({ call, on: () => undefined, disconnect: () => undefined }) };

  it.each([
    [{}, 'redisPublisher.stream: expected a name'],
    [{ stream: '' }, 'redisPublisher.stream: expected a name'],
    [{ stream: 'a}b' }, 'redisPublisher.stream: expected a name, in which "}" only ends a hash tag'],
    [{ stream: '{}a' }, 'redisPublisher.stream: expected a name, in which "}" only ends a hash tag'],
    [{ stream: 's', maxLength: 0 }, 'redisPublisher.maxLength: expected a whole number'],
    [{ stream: 's', maxLength: 1.5 }, 'redisPublisher.maxLength: expected a whole number'],
    [{ stream: 's', keepLatestMs: 0 }, 'redisPublisher.keepLatestMs: expected more than 0'],
    [{ stream: 's', keepLatestMs: Number.POSITIVE_INFINITY }, 'redisPublisher.keepLatestMs: expected'],
    [{ stream: 's', maxlen: 1 }, 'redisPublisher: expected no other options'],
  ])('of a publisher cannot be %j', (options, message) => {
    expect(() => redisPublisher(client, options as { stream: string })).toThrow(message);
  });

  it.each([
    [{}, 'redisSource.stream: expected a name'],
    [{ stream: 's', answerTimeoutMs: 0 }, 'redisSource.answerTimeoutMs: expected more than 0'],
    [{ stream: 's', firstNewsMs: Number.NaN }, 'redisSource.firstNewsMs: expected'],
    [{ stream: 's', retry: { maxMs: -1 } }, 'retry.maxMs: expected'],
    [{ stream: 's', random: 1 }, 'random: expected a function'],
    [{ stream: 's', block: 1 }, 'redisSource: expected no other options'],
  ])('of a source cannot be %j', (options, message) => {
    expect(() => redisSource(client, options as { stream: string })).toThrow(message);
  });

  it.each([undefined, null, 'redis://localhost', {}, () => undefined])('take no %s for a client', (wrong) => {
    const given = wrong as unknown as RedisClient;
    expect(() => redisPublisher(given, { stream: 's' })).toThrow('redisPublisher(client): expected a client');
    expect(() => redisSource(given, { stream: 's' })).toThrow('redisSource(client): expected a client');
  });

  it('take no pool for a client that can be read with', () => {
    const pool = { sendCommand: async () => null } as unknown as RedisClient;
    expect(() => redisSource(pool, { stream: 's' })).toThrow('redisSource(client): expected a client');
  });
});

describe.skipIf(!inject('brokers').includes('redis-server')).each(clients)('a publisher through %s', (client) => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await Broker.start(redisServer({ appendfsync: 'no' }));
  });
  afterAll(() => broker?.close());

  const open: Bus[] = [];
  const bus = async (options: BusOptions = {}) => {
    const opened = await openBus(broker, { client, ...options });
    open.push(opened);
    return opened;
  };
  afterEach(() => Promise.all(open.splice(0).map((opened) => opened.close())));

  const refusalBy = async ({ publisher }: Bus, event: CloudEvent = eventOf('t', 'queued')): Promise<RushesError> => {
    const error: unknown = await Promise.resolve(publisher.publish(event)).then(
      () => undefined,
      (refusal: unknown) => refusal,
    );
    expect(error).toBeInstanceOf(RushesError);
    return error as RushesError;
  };

  it('stores an event again that came back, but not twice in a row', async () => {
    const { publisher, news } = await bus();
    for (const status of ['queued', 'queued', 'in_progress', 'in_progress', 'queued'] as const)
      await publisher.publish(eventOf('t', status));
    expect((await news()).get('t')?.map(({ status }) => status)).toEqual(['queued', 'in_progress', 'queued']);
  });

  it('stores nothing after the end of a task, whoever publishes', async () => {
    const { publisher, news, admin, latestKey } = await bus();
    const zombie = redisPublisher((await bus()).client, { stream: (open[0] as Bus).stream });
    await publisher.publish(eventOf('t', 'completed'));
    await Promise.all(
      (['in_progress', 'failed', 'completed'] as const).map((status) => zombie.publish(eventOf('t', status))),
    );
    await zombie.publish(eventOf('other', 'queued'));
    expect([...(await news())].map(([id, told]) => [id, ...told.map(({ status }) => status)])).toEqual([
      ['t', 'completed'],
      ['other', 'queued'],
    ]);
    expect(JSON.parse((await admin.hget(latestKey(ref('t')), 'event')) ?? '')).toEqual(eventOf('t', 'completed'));
  });

  it('keeps the latest event for as long as it is told to, and the stream as long', async () => {
    const { publisher, admin, latestKey, stream } = await bus({
      publisher: { maxLength: 10, keepLatestMs: 5_000.5 },
    });
    for (let i = 0; i < 500; i++) await publisher.publish(eventOf(`t${i}`, 'queued'));
    const leftMs = await admin.pttl(latestKey(ref('t0')));
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(5_001);
    expect(await admin.xlen(stream)).toBeLessThan(120);
  });

  it('writes it all with the server that has forgotten the script', async () => {
    const { publisher, admin, bodies } = await bus();
    await publisher.publish(eventOf('t', 'queued'));
    await admin.script('FLUSH');
    await Promise.all(['a', 'b', 'c'].map((id) => publisher.publish(eventOf(id, 'queued'))));
    expect(await bodies()).toHaveLength(4);
  });

  it('takes an id for text and for no command, and refuses what is no id before it is sent', async () => {
    const { publisher, admin, bodies, stream } = await bus();
    await publisher.publish(eventOf('*"} x * a b', 'queued'));
    expect(await bodies()).toHaveLength(1);
    expect(await admin.keys(`{${stream}}*`)).toEqual([`{${stream}}:latest:test:=2A=22=7D=20x=20=2A=20a=20b`]);
    for (const id of ['a\r\nXADD x * a b', '..', ''])
      await expect(publisher.publish(made(eventOf('a', 'queued'), id))).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    expect(await bodies()).toHaveLength(1);
  });

  it('says clearly why Redis refuses, and that it may pass', async () => {
    const wrong = await bus();
    await wrong.admin.set(wrong.stream, 'text');
    const refusals = [await refusalBy(wrong)];
    const [garbled, spent, full] = [await bus(), await bus(), await bus()];
    await garbled.admin.set(garbled.latestKey(ref('t')), 'text');
    refusals.push(await refusalBy(garbled));
    await spent.inject('{}', 'event', '18446744073709551615-18446744073709551615');
    refusals.push(await refusalBy(spent));
    await full.admin.config('SET', 'maxmemory', '1');
    refusals.push(await refusalBy(full));
    await full.admin.config('SET', 'maxmemory', '0');
    await full.admin.call('REPLICAOF', '127.0.0.1', '1');
    refusals.push(await refusalBy(full));
    await full.admin.call('REPLICAOF', 'NO', 'ONE');

    expect(refusals.map(({ message }) => message)).toEqual([
      expect.stringContaining('WRONGTYPE'),
      expect.stringContaining('WRONGTYPE'),
      expect.stringContaining('The stream has exhausted the last possible ID'),
      expect.stringContaining('OOM command not allowed'),
      expect.stringContaining("READONLY You can't write"),
    ]);
    expect(refusals.every(({ code, retryable }) => code === 'UNAVAILABLE' && retryable)).toBe(true);
    expect(await full.bodies()).toEqual([]);
    await full.publisher.publish(eventOf('t', 'queued'));
    expect(await full.bodies()).toHaveLength(1);
  });

  it('gives up a full Redis when its patience ends, and carries the event', async () => {
    const { publisher, admin, bodies } = await bus();
    await admin.config('SET', 'maxmemory', '1');
    const end = snapshotOf('completed', { task: ref('t'), videoUrl: 'https://cdn.example/v.mp4?sig=s3cret' });
    const retries: string[] = [];
    const published = of(end).pipe(
      publishTo(publisher, {
        retry: { giveUpAfterMs: 200, initialMs: 50, maxMs: 50 },
        onRetry: (_, { message }) => retries.push(message),
      }),
    );
    const error: unknown = await lastValueFrom(published).catch((refusal: unknown) => refusal);
    await admin.config('SET', 'maxmemory', '0');
    expect(isPublishFailed(error) && error.event).toMatchObject({ type: 'rushes.task.completed' });
    expect(JSON.stringify([error, String(error), retries])).not.toContain('s3cret');
    expect(retries[0]).toContain('OOM');
    expect(await bodies()).toEqual([]);
    if (isPublishFailed(error)) await publisher.publish(error.event);
    expect(await bodies()).toHaveLength(1);
  });

  it.each([
    ['wrong credentials', { username: 'polly', password: 'wr0ng-s3cret' }, /NOAUTH|WRONGPASS|not answered/],
    ['no credentials', {}, /NOAUTH/],
  ])('gives up with %s, and does not tell them', async (_, credentials, words) => {
    const { admin } = await bus();
    await admin.config('SET', 'requirepass', 'right-s3cret');
    const { publisher } = await bus({ ...credentials, isRefused: true });
    const patience = { retry: { giveUpAfterMs: 300, initialMs: 50 }, answerTimeoutMs: 1_000 };
    const published = of(snapshotOf('queued', { task: ref('t') })).pipe(publishTo(publisher, patience));
    const error: unknown = await firstValueFrom(published).catch((refusal: unknown) => refusal);
    await admin.config('SET', 'requirepass', '');
    expect(isPublishFailed(error) ? error.message : error).toMatch(words);
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain('s3cret');
  });
});

/** An event as a hand may make it, of a task that `publishTo` lets nobody publish. */
function made(event: CloudEvent, id: string): CloudEvent {
  const { data } = event;
  return { ...event, data: { ...data, task: { ...data.task, id } } as CloudEvent['data'] };
}
