import { from, lastValueFrom, map } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { publishTo, toCloudEvent } from '../../../src/bridges/index.js';
import { type RedisClient, redisSource } from '../../../src/bridges/redis/index.js';
import { RushesError } from '../../../src/index.js';
import { snapshotOf } from '../../../src/testing/index.js';
import { Broker } from '../brokers/broker.js';
import { redisServer } from '../brokers/redis.js';
import { type Bus, type BusOptions, clients, eventOf, listen, openBus, poll, ref } from './bus.js';

const statuses = ['queued', 'in_progress', 'completed'] as const;
const codes = ['*', '>', 'a.>', '#', '+', '$SYS/x', '/', ' ', 'a b', '{x}', '}', ':', 'a:b', '=2A', 'A', 'a', '✓'];

describe.skipIf(!inject('brokers').includes('redis-server')).each(clients)('a source through %s', (client) => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await Broker.start(redisServer({ appendfsync: 'no', 'stream-node-max-entries': '10' }));
  });
  afterAll(() => broker?.close());

  const open: Bus[] = [];
  const bus = async (options: BusOptions = {}) => {
    const opened = await openBus(broker, { client, ...options });
    open.push(opened);
    return opened;
  };
  afterEach(() => Promise.all(open.splice(0).map((opened) => opened.close())));

  const publishAll = ({ publisher }: Bus, ids: readonly string[], status: (typeof statuses)[number]) =>
    lastValueFrom(
      from(ids).pipe(
        map((id) => snapshotOf(status, { task: ref(id) })),
        map((snapshot) => ({ kind: 'snapshot', task: snapshot.task, snapshot }) as const),
        publishTo(publisher, { concurrency: 128 }),
      ),
    );

  it('tells each of a thousand tasks its own news, whatever its id, on one connection', async () => {
    const world = await bus();
    const ids = [...codes, ...Array.from({ length: 1_000 - codes.length }, (_, i) => `task_${i}`)];
    const source = world.source();
    const listeners = ids.map((id) => listen(source, ref(id)));
    await world.settle();
    expect(await world.busy()).toBe(1);
    for (const status of statuses) await publishAll(world, ids, status);
    await poll(() => listeners.filter(({ end }) => end === 'complete').length).toBe(1_000);
    expect(new Set(listeners.map(({ heard }) => heard.join(' ')))).toEqual(new Set([statuses.join(' ')]));
    await poll(() => world.busy()).toBe(0);
  });

  it('misses no end of a thousand tasks in a stream of ten, however slowly it reads', async () => {
    const world = await bus({ publisher: { maxLength: 10 } });
    const ids = Array.from({ length: 1_000 }, (_, i) => `task_${i}`);
    const gate = { isOpen: true };
    const slow = after(world.client, async (command) => {
      while (command === 'XRANGE' && !gate.isOpen) await new Promise((resolve) => setTimeout(resolve, 5));
    });
    const source = redisSource(slow, { stream: world.stream });
    const listeners = ids.map((id) => listen(source, ref(id)));
    await world.settle();
    gate.isOpen = false;
    for (const status of statuses) await publishAll(world, ids, status);
    expect(await world.admin.xlen(world.stream)).toBeLessThan(30);
    gate.isOpen = true;
    await poll(() => listeners.filter(({ end }) => end === 'complete').length).toBe(1_000);
    expect(listeners.filter(({ heard }) => heard.join() === 'completed').length).toBeGreaterThan(900);
    const late = ids.map((id) => listen(source, ref(id)));
    await poll(() => late.filter(({ heard }) => heard.join() === 'completed').length).toBe(1_000);
  });

  it('tells who joins at any time the latest, then what comes', async () => {
    const world = await bus();
    const source = world.source();
    await world.publisher.publish(eventOf('a', 'queued'));
    const listeners: ReturnType<typeof listen>[] = [];
    for (let i = 0; i < 60; i++) {
      listeners.push(listen(source, ref('a')));
      const published = world.publisher.publish(eventOf('a', 'in_progress', { progress: i }));
      if (i % 2 === 0) listeners.push(listen(source, ref('a')));
      await published;
    }
    await world.publisher.publish(eventOf('a', 'completed'));
    await poll(() => listeners.every(({ end }) => end === 'complete')).toBe(true);
    for (const { heard } of listeners) expect(heard.join(' ')).toMatch(/^(?:queued )?(?:in_progress )+completed$/);
  });

  it('tells who joins others the latest, though nothing new comes', async () => {
    const world = await bus();
    const source = world.source();
    listen(source, ref('b'));
    await world.publisher.publish(eventOf('a', 'queued'));
    await world.settle();
    const joiners = [listen(source, ref('a')), listen(source, ref('a'))];
    await poll(() => joiners.map(({ heard }) => heard.join())).toEqual(['queued', 'queued']);
    expect(await world.busy()).toBe(1);
  });

  it.each(['XREVRANGE', 'HMGET', 'XRANGE'])('tells the latest after a first %s that failed', async (failing) => {
    const world = await bus();
    await world.publisher.publish(eventOf('a', 'queued'));
    let failures = 0;
    const troubled = after(world.client, async (command) => {
      if (command === failing && failures++ === 0) throw new Error('read ECONNRESET');
    });
    const source = redisSource(troubled, { stream: world.stream, retry: { initialMs: 10 } });
    const listener = listen(source, ref('a'));
    await poll(() => listener.heard).toEqual(['queued']);
    await world.publisher.publish(eventOf('a', 'completed'));
    await poll(() => listener.end).toBe('complete');
    expect(failures).toBeGreaterThan(0);
  });

  it('tells nothing twice and nothing older after newer to who joins while much happens', async () => {
    const world = await bus();
    const source = world.source();
    const progress: (number | undefined)[][] = [];
    const watch = () => {
      const heard: (number | undefined)[] = [];
      progress.push(heard);
      source(ref('a')).subscribe((snapshot) => heard.push(snapshot.progress));
    };
    watch();
    for (let i = 0; i <= 100; i++) {
      await world.publisher.publish(eventOf('a', 'in_progress', { progress: i }));
      watch();
    }
    await world.publisher.publish(eventOf('a', 'completed'));
    await poll(() => progress.every((heard) => heard.at(-1) === undefined && heard.length > 1)).toBe(true);
    for (const heard of progress) {
      const live = heard.slice(0, -1).map(Number);
      expect(live).toEqual([...new Set(live)].sort((a, b) => a - b));
    }
  });

  it('tells of an end that a forged latest state would hide', async () => {
    const world = await bus();
    const gate = { isOpen: true };
    const slow = after(world.client, async (command) => {
      while (command === 'XRANGE' && !gate.isOpen) await new Promise((resolve) => setTimeout(resolve, 5));
    });
    const source = redisSource(slow, { stream: world.stream });
    const early = listen(source, ref('a'));
    await world.settle();
    gate.isOpen = false;
    await world.publisher.publish(eventOf('a', 'completed'));
    const forged = { event: JSON.stringify(eventOf('a', 'in_progress')), entry: String(await world.inject('{}')) };
    await world.admin.hset(world.latestKey(ref('a')), forged);
    const late = listen(source, ref('a'));
    await poll(() => late.heard).toEqual(['in_progress']);
    gate.isOpen = true;
    await poll(() => [early.end, late.end]).toEqual(['complete', 'complete']);
  });

  it('tells of a lost watch as its error', async () => {
    const world = await bus();
    const listener = listen(world.source(), ref('a'));
    const error = new RushesError('DEADLINE', 'too late', { task: ref('a') });
    await world.publisher.publish(toCloudEvent({ kind: 'lost', task: ref('a'), error }));
    await poll(() => listener.end).toMatchObject({ code: 'DEADLINE', task: ref('a') });
  });

  it('is STALLED when nothing at all is heard', async () => {
    const world = await bus();
    const listener = listen(world.source({ firstNewsMs: 100 }), ref('a'));
    await poll(() => listener.end).toMatchObject({ code: 'STALLED', retryable: true, task: ref('a') });
    await poll(() => world.busy()).toBe(0);
  });

  it('leaves at once, and can be taken up again, at every moment', async () => {
    const world = await bus();
    const source = world.source();
    await world.publisher.publish(eventOf('a', 'queued'));
    for (let i = 0; i < 30; i++) {
      const listener = listen(source, ref('a'));
      if (i % 3 > 0) await new Promise((resolve) => setTimeout(resolve, i));
      listener.leave();
    }
    await poll(() => world.busy()).toBe(0);
    const last = listen(source, ref('a'));
    await poll(() => last.heard).toEqual(['queued']);
    expect(await world.busy()).toBe(1);
    last.leave();
    await poll(() => world.busy()).toBe(0);
  });

  it('is lost as what is wrong when the key of the stream holds something else', async () => {
    const world = await bus();
    await world.admin.set(world.stream, 'text');
    const listener = listen(world.source(), ref('a'));
    await expect
      .poll(() => listener.end)
      .toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('WRONGTYPE'),
      });
  });

  it('is UNAUTHORIZED with wrong credentials, and does not tell them', async () => {
    const { admin } = await bus();
    await admin.config('SET', 'requirepass', 'right-s3cret');
    const world = await openBus(broker, {
      client,
      username: 'polly',
      password: 'wr0ng-s3cret',
      isRefused: true,
    });
    const listener = listen(world.source(), ref('a'));
    await poll(() => listener.end).toMatchObject({ code: 'UNAUTHORIZED', retryable: false });
    await admin.config('SET', 'requirepass', '');
    expect(JSON.stringify([listener.end, String(listener.end)])).not.toContain('s3cret');
    await world.close();
  });
});

/** A client that has something happen before each of its commands. */
function after(client: RedisClient, before: (command: string) => Promise<void>): RedisClient {
  if ('call' in client)
    return {
      duplicate: (options) => client.duplicate(options),
      call: async (command, ...args) => {
        await before(command);
        return client.call(command, ...args);
      },
    };
  return {
    duplicate: () => client.duplicate(),
    sendCommand: async (args) => {
      await before(String(args[0]));
      return client.sendCommand(args);
    },
  };
}
