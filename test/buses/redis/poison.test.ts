import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Skipped } from '../../../src/bridges/index.js';
import { Broker } from '../brokers/broker.js';
import { redisServer } from '../brokers/redis.js';
import { type Bus, clients, eventOf, listen, openBus, poll, ref } from './bus.js';

describe.skipIf(!inject('brokers').includes('redis-server')).each(clients)('poison, through %s,', (client) => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await Broker.start(redisServer({ appendfsync: 'no' }));
  });
  afterAll(() => broker?.close());

  const open: Bus[] = [];
  const bus = async () => {
    const opened = await openBus(broker, { client });
    open.push(opened);
    return opened;
  };
  afterEach(() => Promise.all(open.splice(0).map((opened) => opened.close())));

  it('in the stream is skipped, told of once, and holds nothing up', async () => {
    const world = await bus();
    const skipped: Skipped[] = [];
    const source = world.source({
      onSkipped: (one) => skipped.push(one),
      verify: ({ type }) => !String(type).endsWith('.failed'),
    });
    const listeners = ['a', 'a', 'b'].map((id) => listen(source, ref(id)));
    await world.settle();
    const good = eventOf('a', 'completed');
    const poison = [
      'not JSON',
      'x'.repeat(10_000_000),
      `${'['.repeat(400_000)}`,
      JSON.stringify({ ...good, specversion: '0.3' }),
      JSON.stringify({ ...good, subject: 'b' }),
      JSON.stringify(eventOf('b', 'failed')),
    ];
    await world.publisher.publish(eventOf('a', 'queued'));
    for (const body of poison) await world.inject(body);
    await world.inject(JSON.stringify(good), 'another-field');
    await world.publisher.publish(good);
    await expect
      .poll(() => listeners.map(({ heard }) => heard.join(' ')))
      .toEqual(['queued completed', 'queued completed', '']);
    expect(skipped.map(({ reason }) => reason)).toEqual([...Array(5).fill('garbled'), 'refused', 'garbled']);
  });

  it('in place of a latest state is not believed, and ends no other watch', async () => {
    const world = await bus();
    const skipped: Skipped[] = [];
    const source = world.source({ onSkipped: (one) => skipped.push(one) });
    const forged = JSON.stringify(eventOf('b', 'completed'));
    await world.admin.hset(world.latestKey(ref('a')), { event: forged, entry: '99999999999999-0' });
    await world.admin.set(world.latestKey(ref('c')), 'text');
    const listeners = ['a', 'b', 'c', 'd'].map((id) => listen(source, ref(id)));
    await poll(() => skipped.map(({ reason }) => reason).sort()).toEqual(['garbled', 'misplaced']);
    for (const id of ['a', 'b', 'd']) await world.publisher.publish(eventOf(id, 'queued'));
    await world.inject(JSON.stringify(eventOf('c', 'queued')));
    await poll(() => listeners.map(({ heard }) => heard.join())).toEqual(Array(4).fill('queued'));
    expect(skipped).toHaveLength(2);
  });

  it('in the place of a latest state keeps nobody from hearing what comes', async () => {
    const world = await bus();
    const source = world.source();
    const tomorrow = `${Date.now() + 86_400_000}-0`;
    const entries = { a: 'nowhere', b: '1-1', c: tomorrow, d: '99999999999999999999-0', e: '0-99999999999999999999' };
    const ids = Object.keys(entries);
    await world.publisher.publish(eventOf('another', 'queued'));
    for (const [id, entry] of Object.entries(entries))
      await world.admin.hset(world.latestKey(ref(id)), { event: JSON.stringify(eventOf(id, 'queued')), entry });
    const listeners = ids.map((id) => listen(source, ref(id)));
    await poll(() => listeners.map(({ heard }) => heard.join())).toEqual(Array(5).fill('queued'));
    listeners.push(...ids.map((id) => listen(source, ref(id))));
    await poll(() => listeners.map(({ heard }) => heard.join())).toEqual(Array(10).fill('queued'));
    for (const id of ids) await world.inject(JSON.stringify(eventOf(id, 'in_progress')));
    await poll(() => listeners.map(({ heard }) => heard.join())).toEqual(Array(10).fill('queued,in_progress'));
    for (const id of ids) await world.publisher.publish(eventOf(id, 'failed'));
    await poll(() => listeners.map(({ end }) => end)).toEqual(Array(10).fill('complete'));
  });
});
