import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { from, lastValueFrom, toArray } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type NatsReader, type NatsWriter, natsPublisher, natsSource } from '../../../src/bridges/nats/index.js';
import { publishTo } from '../../../src/bridges/publish/publish-to.js';
import type { Snapshot } from '../../../src/index.js';
import { snapshotOf } from '../../../src/testing/index.js';
import { Broker } from '../brokers/broker.js';
import { natsServer } from '../brokers/nats.js';
import { type Bus, eventOf, openBus, ref } from './bus.js';

const lives = ['queued', 'in_progress', 'completed'] as const;

describe.skipIf(!inject('brokers').includes('nats-server'))('natsPublisher', () => {
  let broker: Broker;
  let bus: Bus;
  beforeAll(async () => {
    broker = await Broker.start(natsServer());
  });
  afterAll(() => broker?.close());
  beforeEach(async () => {
    bus = await openBus(broker, { stream: { duplicate_window: 100_000_000 } });
  });
  afterEach(() => bus.close());

  const statuses = async (id = 'a') => (await bus.news()).get(id)?.map(({ status }) => status);

  it('says what the message is, and gives an id to the server for the end alone', async () => {
    for (const status of lives) await bus.publisher.publish(eventOf('a.>', status));
    const messages = await bus.messages();
    expect(messages.map(({ subject }) => subject)).toEqual(lives.map(() => `${bus.subject}.test.a=2E=3E`));
    expect(messages.map(({ header }) => header.get('Content-Type'))).toEqual(
      lives.map(() => 'application/cloudevents+json'),
    );
    const end = eventOf('a.>', 'completed').id;
    expect(messages.map(({ header }) => header.get('Nats-Msg-Id'))).toEqual(['', '', end]);
    expect(messages.map((message) => message.json())).toEqual(lives.map((status) => eventOf('a.>', status)));
  });

  it('stores one end of each of 1,000 tasks, and nothing after it, where two race with all news', async () => {
    const ids = Array.from({ length: 1_000 }, (_, i) => `task_${i}`);
    const connection = await connect({ servers: `127.0.0.1:${broker.port}` });
    const other = natsPublisher(jetstream(connection), { subject: bus.subject });
    const racing = [bus.publisher, other].map((publisher, i) => {
      const ends: Snapshot[] = ids.map((id) =>
        i === 0 ? snapshotOf('completed', { task: ref(id) }) : snapshotOf('failed', { task: ref(id) }),
      );
      const live = (status: 'queued' | 'in_progress') => ids.map((id) => snapshotOf(status, { task: ref(id) }));
      const all = from([...live('queued'), ...live('in_progress'), ...ends]);
      return lastValueFrom(all.pipe(publishTo<Snapshot>(publisher), toArray()));
    });
    const passed = await Promise.all(racing);
    await connection.close();
    for (const values of passed) expect(values.filter(({ status }) => status !== 'queued').length).toBeGreaterThan(999);
    const news = await bus.news();
    expect(news.size).toBe(1_000);
    const endOf = (said: readonly { status: string }[]) =>
      said.findIndex(({ status }) => /completed|failed/.test(status));
    expect([...news.values()].filter((said) => endOf(said) !== said.length - 1)).toEqual([]);
  });

  it('does not depend on the window in which the server knows duplicates', async () => {
    for (const status of lives) await bus.publisher.publish(eventOf('a', status));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const zombie = natsPublisher(bus.js, { subject: bus.subject });
    await zombie.publish(eventOf('a', 'in_progress', { progress: 99 }));
    await zombie.publish(eventOf('a', 'failed'));
    await bus.publisher.publish(eventOf('a', 'completed'));
    expect(await statuses()).toEqual(['queued', 'in_progress', 'completed']);
  });

  it('stores a status that comes back', async () => {
    for (const status of ['queued', 'in_progress', 'queued', 'in_progress'] as const)
      await bus.publisher.publish(eventOf('a', status));
    expect(await statuses()).toEqual(['queued', 'in_progress', 'queued', 'in_progress']);
  });

  it('goes on after what another publisher, or anybody, has put there', async () => {
    await bus.publisher.publish(eventOf('a', 'queued'));
    await bus.inject(ref('a'), 'poison');
    await bus.publisher.publish(eventOf('a', 'in_progress'));
    await bus.inject(ref('a'), JSON.stringify(eventOf('b', 'completed')));
    await bus.publisher.publish(eventOf('a', 'completed'));
    expect((await bus.messages()).length).toBe(5);
    expect(await statuses()).toEqual(['queued', 'in_progress', 'completed']);
  });

  it('reads what is nearly as long as the server takes', async () => {
    await bus.inject(ref('a'), new Uint8Array(1_040_000).fill(0x5b));
    await bus.publisher.publish(eventOf('a', 'completed'));
    expect(await statuses()).toEqual(['completed']);
  });

  it('stores the news of a task anew after its subject was purged, also within the window of duplicates', async () => {
    await bus.jsm.streams.update(bus.name, { duplicate_window: 60_000_000_000 });
    for (const status of lives) await bus.publisher.publish(eventOf('a', status));
    await bus.jsm.streams.purge(bus.name, { filter: bus.addressed(ref('a')) });
    for (const status of lives) await bus.publisher.publish(eventOf('a', status));
    expect(await statuses()).toEqual(['queued', 'in_progress', 'completed']);
  });

  it('is not silenced by another message with the id of the end', async () => {
    await bus.jsm.streams.update(bus.name, { duplicate_window: 60_000_000_000 });
    await bus.js.publish(`${bus.subject}.elsewhere`, 'forged', { msgID: eventOf('a', 'completed').id });
    await bus.publisher.publish(eventOf('a', 'completed'));
    expect(await statuses()).toEqual(['completed']);
  });

  it('remembers as many tasks as it is told, and only pays for what it forgot', async () => {
    let asked = 0;
    const counting: NatsWriter = {
      publish: (...message) => bus.js.publish(...message),
      jetstreamManager: (check) => {
        asked++;
        return bus.js.jetstreamManager(check);
      },
    };
    const publisher = natsPublisher(counting, { subject: bus.subject, maxKnown: 1 });
    for (const id of ['a', 'b', 'c']) await publisher.publish(eventOf(id, 'queued'));
    for (const id of ['b', 'c']) await publisher.publish(eventOf(id, 'in_progress'));
    expect(asked).toBe(0);
    await publisher.publish(eventOf('a', 'in_progress'));
    expect(asked).toBe(2);
    for (const id of ['a', 'b', 'c']) expect(await statuses(id)).toEqual(['queued', 'in_progress']);
  });

  it('does not go on for ever where others are always before it', async () => {
    const { seq } = await bus.js.publish(bus.addressed(ref('a')), 'poison');
    let offers = 0;
    const late: NatsWriter = {
      publish: (subject, payload, options) => {
        offers++;
        return bus.js.publish(subject, payload, { ...options, expect: { lastSubjectSequence: seq + 100 } });
      },
      jetstreamManager: (check) => bus.js.jetstreamManager(check),
    };
    const publisher = natsPublisher(late, { subject: bus.subject });
    const refusal = publisher.publish(eventOf('a', 'queued'));
    await expect(refusal).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(offers).toBe(16);
  });

  it('sends nothing of an event that has no address', async () => {
    const wrong = [
      eventOf('文'.repeat(500), 'queued'),
      ...['a\r\nPUB x 0', '', '..'].map((id) => ({
        ...eventOf('a', 'queued'),
        data: { ...eventOf('a', 'queued').data, task: ref(id) },
      })),
      ...['a.>', 'a b', 'a\r\nPUB x 0\r\n\r\n'].map((provider) => ({
        ...eventOf('a', 'queued'),
        data: { ...eventOf('a', 'queued').data, task: { provider, id: 'a' } },
      })),
    ];
    for (const event of wrong)
      await expect(bus.publisher.publish(event)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', retryable: false });
    expect(await bus.messages()).toEqual([]);
  });

  it('is told at the call what is wrong with its options', () => {
    const { js } = bus;
    const wrong: [unknown, unknown, RegExp][] = [
      [{}, { subject: 'a' }, /natsPublisher\(js\)/],
      [js, { subject: 'a.>' }, /natsPublisher\.subject/],
      [js, { subject: 'a..b' }, /natsPublisher\.subject/],
      [js, { subject: 'a b' }, /natsPublisher\.subject/],
      [js, {}, /natsPublisher\.subject/],
      [js, { subject: 'a', maxKnown: -1 }, /natsPublisher\.maxKnown/],
      [js, { subject: 'a', stream: 'b' }, /stream/],
    ];
    for (const [client, options, message] of wrong)
      expect(() => natsPublisher(client as NatsWriter, options as { subject: string })).toThrow(message);
    for (const [more, message] of [
      [{ heartbeatMs: 100 }, /natsSource\.heartbeatMs/],
      [{ firstNewsMs: -1 }, /natsSource\.firstNewsMs/],
      [{ retry: { giveUpAfterMs: -1 } }, /retry\.giveUpAfterMs/],
      [{ random: 1 }, /random/],
      [{ others: 1 }, /others/],
    ] as const)
      expect(() => natsSource(js as NatsReader, { subject: 'a', ...(more as object) })).toThrow(message);
  });
});
