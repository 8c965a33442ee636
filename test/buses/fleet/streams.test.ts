import type { ConsumerConfig, StreamConfig } from '@nats-io/jetstream';
import { describe, expect, inject, it } from 'vitest';
import { isRushesError } from '../../../src/errors.js';
import { differences, settle } from '../../../src/fleet/streams/settle.js';
import { upgrade } from '../../../src/fleet/streams/upgrade.js';
import { fleetOfEachTest, rejection, settingsOf } from './streams-world.js';

const second = 1_000_000_000;
const providers = ['cometapi', 'ark'];
const digits = [...'0123456789abcdef'];

describe.skipIf(!inject('brokers').includes('nats-server'))('the streams of a fleet', () => {
  const { fleet } = fleetOfEachTest();

  const settled = (settings = settingsOf(), of = providers) => settle(fleet().manager, fleet().layout, settings, of);

  it('are made where there are none', async () => {
    const { layout, manager } = fleet();
    expect(await differences(manager, layout, settingsOf(), ['ark'])).toEqual([
      { of: `stream ${layout.pollStream}`, setting: 'presence', found: 'absent', needed: 'present' },
      { of: `stream ${layout.eventStream}`, setting: 'presence', found: 'absent', needed: 'present' },
      { of: 'consumer ark', setting: 'presence', found: 'absent', needed: 'present' },
    ]);
    expect((await fleet().configs()).streams).toEqual([]);

    expect(await settled(settingsOf({ requestTimeoutMs: 1_500, maxLive: 7 }))).toEqual([
      { provider: 'cometapi', shard: '*', consumer: 'cometapi' },
      { provider: 'ark', shard: '*', consumer: 'ark' },
    ]);
    const { config: polls } = await manager.streams.info(layout.pollStream);
    expect(polls).toMatchObject({
      subjects: [`${layout.polls()}`],
      retention: 'workqueue',
      discard: 'new',
      discard_new_per_subject: true,
      max_msgs_per_subject: 1,
      max_age: 0,
      storage: 'file',
      num_replicas: 1,
      deny_purge: false,
    });
    expect(JSON.parse(String(polls.description))).toEqual({
      v: 1,
      requestTimeoutMs: 1_500,
      shards: 1,
      maxLive: 7,
      keepEventsMs: 604_800_000,
      replicas: 1,
    });
    expect((await manager.streams.info(layout.eventStream)).config).toMatchObject({
      subjects: [`${layout.events}.>`, `${layout.clocks}.>`],
      retention: 'limits',
      discard: 'old',
      max_msgs_per_subject: 64,
      max_age: 7 * 24 * 3_600 * second,
      storage: 'file',
      num_replicas: 1,
    });
    expect((await manager.consumers.info(layout.pollStream, 'ark')).config).toMatchObject({
      durable_name: 'ark',
      filter_subject: layout.polls('ark'),
      ack_policy: 'explicit',
      ack_wait: 6.5 * second,
      max_deliver: -1,
      max_ack_pending: 7,
      deliver_policy: 'all',
      replay_policy: 'instant',
    });
  });

  it('stand as they are the second time, and a worker for another provider adds to them', async () => {
    const first = await settled(settingsOf(), ['cometapi', 'cometapi']);
    expect(first.length).toBe(1);
    const before = await fleet().configs();
    expect(await settled(settingsOf(), ['cometapi'])).toEqual(first);
    expect(await fleet().configs()).toEqual(before);
    expect(await differences(fleet().manager, fleet().layout, settingsOf(), ['cometapi'])).toEqual([]);
    await settled(settingsOf(), ['ark']);
    const after = await fleet().configs();
    expect(after.consumers.map(({ config }) => config.durable_name)).toEqual(['ark', 'cometapi']);
    expect(after.consumers[1]).toEqual(before.consumers[0]);
    expect(await settled(settingsOf(), [])).toEqual([]);
  });

  it('have a consumer of each part of each provider with 16 shards, however providers are named', async () => {
    const similar = ['a', 'a-0', '0', 'b'.repeat(64)];
    const made = await settled(settingsOf({ shards: 16 }), similar);
    expect(made.map(({ provider, shard }) => [provider, shard])).toEqual(
      similar.flatMap((provider) => digits.map((digit) => [provider, digit])),
    );
    expect(new Set(made.map(({ consumer }) => consumer)).size).toBe(64);
    const ids = Array.from({ length: 100 }, (_, i) => `task_${i}`);
    await fleet().submit(ids, 'a-0');
    const taken = await Promise.all(
      made.map(async ({ provider, shard, consumer }) => {
        const { config, num_pending } = await fleet().manager.consumers.info(fleet().layout.pollStream, consumer);
        expect(config.filter_subject).toBe(fleet().layout.polls(provider, shard));
        return provider === 'a-0' ? num_pending : -num_pending;
      }),
    );
    expect(taken.reduce((sum, count) => sum + count, 0)).toBe(100);
    expect(taken.filter((count) => count > 0).length).toBeGreaterThan(8);
  });

  it('keep news for ever, or for less than a server remembers ids', async () => {
    await settled(settingsOf({ keepEventsMs: Number.POSITIVE_INFINITY }));
    expect((await fleet().manager.streams.info(fleet().layout.eventStream)).config.max_age).toBe(0);
    expect(await differences(fleet().manager, fleet().layout, settingsOf({ keepEventsMs: 1_000 }), providers)).toEqual([
      { of: 'fleet', setting: 'keepEventsMs', found: Number.POSITIVE_INFINITY, needed: 1_000 },
      {
        of: `stream ${fleet().layout.eventStream}`,
        setting: 'max_age',
        found: Number.POSITIVE_INFINITY,
        needed: 1_000,
      },
    ]);
    await upgrade(fleet().manager, fleet().layout, settingsOf({ keepEventsMs: 1_000 }), []);
    await settled(settingsOf({ keepEventsMs: 1_000 }));
    expect((await fleet().manager.streams.info(fleet().layout.eventStream)).config.max_age).toBe(second);
  });

  const polls = (config: Partial<StreamConfig>) => () =>
    fleet().manager.streams.update(fleet().layout.pollStream, config);
  const events = (config: Partial<StreamConfig>) => () =>
    fleet().manager.streams.update(fleet().layout.eventStream, config);
  const remade = (which: 'pollStream' | 'eventStream', change: Partial<StreamConfig>) => async () => {
    const { config } = await fleet().manager.streams.info(fleet().layout[which]);
    await fleet().manager.streams.delete(config.name);
    await fleet().manager.streams.add({ ...config, ...change });
    if (which === 'pollStream') await consumer({})();
  };
  const consumer =
    (config: Partial<ConsumerConfig>, name = 'cometapi') =>
    async () => {
      const { pollStream } = fleet().layout;
      await fleet()
        .manager.consumers.delete(pollStream, name)
        .catch(() => false);
      const filter_subject = fleet().layout.polls('cometapi');
      await fleet().manager.consumers.add(pollStream, {
        durable_name: name,
        ...{ filter_subject, ack_policy: 'explicit', deliver_policy: 'all', replay_policy: 'instant' },
        ...{ ack_wait: 35 * second, max_deliver: -1, max_ack_pending: 100_000 },
        ...config,
      });
    };
  const ofConsumer = 'consumer cometapi';
  const sources = { sources: [{ name: 'elsewhere' }], subjects: [] };

  type Case = [
    name: string,
    alter: () => Promise<unknown>,
    of: 'polls' | 'events' | typeof ofConsumer | 'fleet' | 'consumer stranger' | 'consumer cometapi_3',
    setting: string,
    words: string,
    isFixed?: 'fixed',
  ];
  const altered: Case[] = [
    ['subjects of work', polls({ subjects: ['more.>'] }), 'polls', 'subjects', 'is ["more.>"]'],
    ['work without subjects', polls(sources), 'polls', 'subjects', 'is nothing'],
    ['old work goes', polls({ discard: 'old', discard_new_per_subject: false }), 'polls', 'discard', 'is old'],
    ['work twice', polls({ discard_new_per_subject: false }), 'polls', 'discard_new_per_subject', 'needs true'],
    ['two of a task', polls({ max_msgs_per_subject: 2 }), 'polls', 'max_msgs_per_subject', 'is 2, this worker needs 1'],
    [
      'work gets old',
      polls({ max_age: 3_600 * second }),
      'polls',
      'max_age',
      'is 3600000 ms, this worker needs for ever',
    ],
    ['submits without answer', polls({ no_ack: true }), 'polls', 'no_ack', 'is true'],
    ['no calling off', polls({ deny_purge: true }), 'polls', 'deny_purge', 'is true', 'fixed'],
    ['work sealed', polls({ sealed: true }), 'polls', 'sealed', 'is true', 'fixed'],
    ['work in memory', remade('pollStream', { storage: 'memory' }), 'polls', 'storage', 'is memory', 'fixed'],
    ['work that stays', remade('pollStream', { retention: 'limits' }), 'polls', 'retention', 'is limits', 'fixed'],
    ['nothing agreed', polls({ description: 'mine' }), 'polls', 'description', 'is mine'],
    ['no description', polls({ description: '' }), 'polls', 'description', 'is nothing'],
    ['another version', polls({ description: '{"v":2}' }), 'polls', 'description', 'is {"v":2}'],
    ['subjects of news', events({ subjects: ['news.>'] }), 'events', 'subjects', 'is ["news.>"]'],
    ['new news goes', events({ discard: 'new' }), 'events', 'discard', 'is new'],
    ['one news of a task', events({ max_msgs_per_subject: 1 }), 'events', 'max_msgs_per_subject', 'needs 64'],
    [
      'news for a day',
      events({ max_age: 86_400 * second }),
      'events',
      'max_age',
      'is 86400000 ms, this worker needs 604',
    ],
    ['publishing in the dark', events({ no_ack: true }), 'events', 'no_ack', 'is true'],
    ['news sealed', events({ sealed: true }), 'events', 'sealed', 'is true', 'fixed'],
    ['news in memory', remade('eventStream', { storage: 'memory' }), 'events', 'storage', 'is memory', 'fixed'],
    [
      'news to be taken',
      remade('eventStream', { retention: 'interest' }),
      'events',
      'retention',
      'is interest',
      'fixed',
    ],
    [
      'less patience',
      consumer({ ack_wait: 15 * second }),
      ofConsumer,
      'ack_wait',
      'is 15000 ms, this worker needs 35000 ms',
    ],
    ['three tries', consumer({ max_deliver: 3 }), ofConsumer, 'max_deliver', 'is 3, this worker needs -1'],
    [
      'little room',
      consumer({ max_ack_pending: 1_000 }),
      ofConsumer,
      'max_ack_pending',
      'is 1000, this worker needs 100000',
    ],
    ['two faults', consumer({ replay_policy: 'original', max_deliver: 3 }), ofConsumer, 'max_deliver', 'is 3'],
    ['in the old pace', consumer({ replay_policy: 'original' }), ofConsumer, 'replay_policy', 'is original'],
    [
      'the work of others',
      () => consumer({ filter_subject: fleet().layout.polls('ark') })(),
      ofConsumer,
      'filter_subject',
      '.ark.>, this worker needs ',
    ],
    [
      'pushed',
      consumer({ deliver_subject: 'here' }),
      ofConsumer,
      'deliver_subject',
      'is here, this worker needs nothing',
    ],
    ['headers', consumer({ headers_only: true }), ofConsumer, 'headers_only', 'is true'],
    ['for a time', consumer({ inactive_threshold: second }), ofConsumer, 'inactive_threshold', 'is 1000 ms'],
    ['one by one', consumer({ max_batch: 1 }), ofConsumer, 'max_batch', 'is 1'],
    ['short pulls', consumer({ max_expires: second }), ofConsumer, 'max_expires', 'is 1000 ms'],
    ['small pulls', consumer({ max_bytes: 1_000 }), ofConsumer, 'max_bytes', 'is 1000'],
    [
      'a stranger',
      () => consumer({ filter_subject: fleet().layout.polls('another') }, 'stranger')(),
      'consumer stranger',
      'presence',
      'is in the way',
      'fixed',
    ],
    [
      'a consumer of 16',
      () => consumer({ filter_subject: fleet().layout.polls('another', '3') }, 'cometapi_3')(),
      'consumer cometapi_3',
      'presence',
      'is in the way',
    ],
    [
      'news from elsewhere',
      () => remade('eventStream', { mirror: { name: fleet().layout.pollStream }, subjects: [] })(),
      'events',
      'mirror',
      'mirror is {"name":',
      'fixed',
    ],
  ];

  it.each(altered)(
    'are refused with %s, as they are, and only an upgrade changes them',
    async (_, alter, part, setting, words, isFixed) => {
      const { manager, layout } = fleet();
      await settled(settingsOf(), ['cometapi']);
      await alter();
      const streamOf = { polls: `stream ${layout.pollStream}`, events: `stream ${layout.eventStream}` };
      const of = part === 'polls' || part === 'events' ? streamOf[part] : part;
      const before = await fleet().configs();
      const found = await differences(manager, layout, settingsOf(), ['cometapi']);
      expect(found).toContainEqual(expect.objectContaining({ of, setting }));

      const error = await rejection(settled(settingsOf(), ['cometapi']));
      expect(error).toMatchObject({ code: 'FLEET_CONFIG', retryable: false });
      const listed = isRushesError(error) ? error.message.split('; ') : [];
      expect(listed.length).toBe(found.length + 1);
      for (const one of found) expect(listed.some((line) => line.startsWith(one.of))).toBe(true);
      expect(listed.find((line) => line.startsWith(of) && line.includes(words))).toBeDefined();
      const name = layout.pollStream.replace('-polls', '');
      expect(listed.at(-1)).toContain(`\`rushes fleet upgrade --name ${name}\``);
      expect(await fleet().configs()).toEqual(before);

      if (isFixed) {
        const refused = await rejection(
          upgrade(manager, layout, settingsOf({ requestTimeoutMs: 1_000 }), ['cometapi']),
        );
        expect(refused).toMatchObject({ code: 'FLEET_CONFIG', message: expect.stringContaining(words) });
        expect(await fleet().configs()).toEqual(before);
      } else {
        expect(await upgrade(manager, layout, settingsOf(), ['cometapi'])).toEqual(found);
        expect(await differences(manager, layout, settingsOf(), ['cometapi'])).toEqual([]);
        await settled(settingsOf(), ['cometapi']);
      }
    },
  );
});
