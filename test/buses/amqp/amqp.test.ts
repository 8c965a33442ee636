import { inspect } from 'node:util';
import { type Channel, type ConfirmChannel, connect } from 'amqplib';
import { BehaviorSubject, filter, firstValueFrom, from, lastValueFrom, map, mergeMap, toArray } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { amqpPublisher, amqpSource } from '../../../src/bridges/amqp/index.js';
import { publishTo, type Skipped, toCloudEvent } from '../../../src/bridges/index.js';
import { RushesError, type Snapshot, type SnapshotSource, type TaskRef } from '../../../src/index.js';
import { snapshotOf } from '../../../src/testing/index.js';
import { type Rabbit, startRabbit } from '../brokers/amqp.js';
import { eventOf, openBus, ref } from './bus.js';

const statuses = ['queued', 'in_progress', 'completed'] as const;

describe.skipIf(!inject('brokers').includes('rabbitmq-server'))('AMQP', () => {
  let rabbit: Rabbit;
  let durable: Awaited<ReturnType<typeof openBus>>;
  let declaredMs: number;
  let bus: Awaited<ReturnType<typeof openBus>>;
  beforeAll(async () => {
    rabbit = await startRabbit();
    durable = await openBus(rabbit.broker, { arguments: { 'x-queue-type': 'quorum' } });
    declaredMs = performance.now();
  });
  afterAll(() => rabbit?.close());
  beforeEach(async () => {
    bus = await openBus(rabbit.broker);
    return () => bus.close();
  });

  it('publishes persistent messages with the status in their routing key', async () => {
    await bus.listen();
    const publisher = bus.publisher();
    const error = new RushesError('DEADLINE', 'too late', { task: ref('a.#') });
    const events = [eventOf('a.#', 'queued'), toCloudEvent({ kind: 'lost', task: ref('a.#'), error })];
    for (const event of events) await publisher.publish(event);
    await bus.settle();
    expect(bus.messages.map(({ fields }) => fields.routingKey)).toEqual(['test.queued', 'test.lost']);
    for (const [i, { properties, content }] of bus.messages.entries()) {
      const { id, type } = JSON.parse(content.toString());
      expect({ id, type }).toEqual({ id: events[i]?.id, type: events[i]?.type });
      const expected = { deliveryMode: 2, contentType: 'application/cloudevents+json', messageId: id, type };
      expect(properties).toMatchObject(expected);
    }
  });

  it('rejects what no queue takes, unless told not to, also of two publishers on one channel', async () => {
    const channel: ConfirmChannel = await bus.openWriter();
    const lonely = `${bus.exchange}-lonely`;
    await channel.assertExchange(lonely, 'topic', { durable: false, autoDelete: true });
    const [taken, returned] = [bus.exchange, lonely].map((exchange) => amqpPublisher(channel, { exchange }));
    const event = eventOf('task', 'queued');
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? taken : returned)?.publish(event)),
    );
    expect(results.map(({ status }) => status)).toEqual(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? 'fulfilled' : 'rejected')),
    );
    await expect(returned?.publish(event)).rejects.toThrow(`no queue takes test.queued from the exchange ${lonely}`);
    await amqpPublisher(channel, { exchange: lonely, mandatory: false }).publish(event);
    await channel.deleteExchange(lonely);
  });

  it('tries again what a full queue does not take', async () => {
    const full = await openBus(rabbit.broker, { arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' } });
    const publisher = full.publisher();
    await publisher.publish(eventOf('first', 'queued'));
    await expect(publisher.publish(eventOf('second', 'queued'))).rejects.toThrow('nacked');
    const onRetry = vi.fn();
    const published = publishAll(publisher, [ref('second')], { onRetry });
    await vi.waitFor(() => expect(onRetry).toHaveBeenCalled());
    await full.listen();
    await published;
    await full.settle();
    expect(full.news().get('second')?.at(-1)?.status).toBe('completed');
    await full.close();
  });

  it('says what is wrong with an exchange that is not there, and opens another channel', async () => {
    const publisher = bus.publisher({ exchange: 'missing' });
    for (const _ of [1, 2])
      await expect(publisher.publish(eventOf('task', 'queued'))).rejects.toThrow("no exchange 'missing'");
    const given = amqpPublisher(await bus.openWriter(), { exchange: 'missing' });
    for (const _ of [1, 2]) {
      await expect(given.publish(eventOf('task', 'queued'))).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        retryable: false,
        message: expect.stringMatching(/give amqpPublisher a function that opens one: .*no exchange 'missing'/),
      });
    }
  });

  it('is refused with a wrong password, which no error tells', async () => {
    const url = `amqp://ann:s3cret-of-bob@127.0.0.1:${rabbit.broker.port}`;
    const publisher = amqpPublisher(async () => (await connect(url)).createConfirmChannel(), {
      exchange: bus.exchange,
    });
    const error: RushesError = await publishAll(publisher, [ref('task')], {
      retry: { giveUpAfterMs: 200, initialMs: 10 },
    }).then(
      () => expect.unreachable(),
      (refusal) => refusal,
    );
    expect(error.code).toBe('PUBLISH_FAILED');
    expect(error.message).toMatch(/ACCESS[-_]REFUSED/);
    expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toContain('s3cret');
  });

  it('brings to each of a thousand tasks its own news alone', async () => {
    const strange = ['*', '>', 'a.>', '#', '+', '$SYS/x', '/', ' ', 'queued', 'test.queued', 'ö', '=2E'];
    const tasks = [...strange, ...Array.from({ length: 1_000 - strange.length }, (_, i) => `task-${i}`)].map(ref);
    const source = bus.source();
    const all = lastValueFrom(
      from(tasks).pipe(
        mergeMap((task) => source(task).pipe(map((snapshot) => [task.id, snapshot] as const))),
        toArray(),
      ),
    );
    await bus.listen();
    await bus.settle();
    expect(await bus.consumers()).toBe(1);
    await publishAll(bus.publisher(), tasks);
    const heard = await all;
    expect(heard.every(([id, { task }]) => id === task.id)).toBe(true);
    const ends = heard.filter(([, { status }]) => status === 'completed').map(([id]) => id);
    expect(ends).toHaveLength(1_000);
    expect(new Set(ends).size).toBe(1_000);
    await bus.settle();
    expect(await bus.consumers()).toBe(0);
    expect(bus.readers.size).toBe(0);
  });

  it('acknowledges poison and tells of it once', async () => {
    await bus.listen();
    const skipped: Skipped[] = [];
    const source = bus.source({ onSkipped: (one) => skipped.push(one), verify: ({ time }) => time !== undefined });
    const [one, two, foreign] = [
      source(ref('task')),
      source(ref('task')),
      source({ provider: 'other', id: 'task' }),
    ].map(listen);
    await bus.settle();
    await bus.tell('test.queued', 'not JSON');
    await bus.tell('test.queued', Buffer.alloc(10_000_000, '{'));
    await bus.tell('test.queued', `${'['.repeat(400_000)}${']'.repeat(400_000)}`);
    await bus.tell('other.completed', JSON.stringify(eventOf('task', 'completed')));
    await bus.tell('test.completed', JSON.stringify({ ...eventOf('task', 'completed'), time: undefined }));
    await Promise.all(Array.from({ length: 150 }, () => bus.tell('test.queued', '{}')));
    await bus.publisher().publish(eventOf('task', 'queued'));
    await bus.settle();
    expect([one?.told, two?.told, foreign?.told]).toEqual([['queued'], ['queued'], []]);
    const reasons = skipped.map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason === 'garbled')).toHaveLength(153);
    expect(reasons.filter((reason) => reason !== 'garbled').sort()).toEqual(['misplaced', 'refused']);
    for (const each of [one, two, foreign]) each?.leave();
    await bus.settle();
    expect(await bus.consumers()).toBe(0);
  });

  it('leaves a channel that it was given as it was, and is UNAVAILABLE once that has closed', async () => {
    await bus.listen();
    const channel: Channel = await bus.openReader();
    const source = amqpSource(channel, { exchange: bus.exchange });
    const before = channel.listenerCount('close');
    const first = listen(source(ref('task')));
    await bus.settle();
    first.leave();
    await vi.waitFor(() => expect(channel.listenerCount('close')).toBe(before));
    expect(await bus.consumers()).toBe(0);
    const second = listen(source(ref('task')));
    await vi.waitFor(async () => expect(await bus.consumers()).toBe(1));
    await channel.close();
    expect(second.told).toEqual(['UNAVAILABLE']);
    const third = listen(source(ref('task')));
    await vi.waitFor(() => expect(third.told).toEqual(['UNAVAILABLE']));
  });

  it('goes on when its connection is cut, without what was published meanwhile', async () => {
    await bus.listen();
    const listener = listen(bus.source()(ref('task')));
    const publisher = bus.publisher();
    await publisher.publish(eventOf('other', 'queued'));
    await bus.settle();
    await publisher.publish(eventOf('task', 'queued'));
    await bus.settle();
    const before = [...bus.readers];
    for (const model of [await bus.asReader(), await bus.asWriter()]) cut(model);
    await publishAll(publisher, [ref('other')]);
    await vi.waitFor(
      () => expect([...bus.readers].filter((reader) => !before.includes(reader))).toHaveLength(1),
      5_000,
    );
    await bus.settle();
    await publisher.publish(eventOf('task', 'completed'));
    await bus.settle();
    expect(listener.told).toEqual(['queued', 'completed', 'complete']);
  });

  it('is STALLED when the end of its task was published while its channel was lost', async () => {
    await bus.listen();
    const mayOpen = new BehaviorSubject(true);
    const open = async () => {
      await firstValueFrom(mayOpen.pipe(filter(Boolean)));
      return bus.openReader();
    };
    const listener = listen(amqpSource(open, { exchange: bus.exchange, firstNewsMs: 5_000 })(ref('task')));
    const publisher = bus.publisher();
    await vi.waitFor(() => expect([...bus.readers].map(({ step }) => step)).toEqual(['consuming']), 10_000);
    await publisher.publish(eventOf('task', 'queued'));
    await bus.settle();
    mayOpen.next(false);
    cut(await bus.asReader());
    await publisher.publish(eventOf('task', 'completed'));
    mayOpen.next(true);
    await vi.waitFor(() => expect(listener.told).toEqual(['queued', 'STALLED']), 15_000);
  });

  it('goes on by a connection of amqplib that recovers', async () => {
    await bus.listen();
    const url = `amqp://127.0.0.1:${rabbit.broker.port}`;
    const connection = await connect(url, { recovery: { initialDelay: 20 } });
    onTestFinished(() => connection.close());
    connection.on('error', () => undefined);
    const open = vi.fn(() => connection.createConfirmChannel());
    const publisher = amqpPublisher(open, { exchange: bus.exchange });
    const openChannel = vi.fn(() => connection.createChannel());
    const listener = listen(amqpSource(openChannel, { exchange: bus.exchange })(ref('task')));
    await publisher.publish(eventOf('task', 'queued'));
    cut(await open.mock.results[0]?.value);
    await publishAll(publisher, [ref('other')]);
    expect(open).toHaveBeenCalledTimes(2);
    await vi.waitFor(() => expect(openChannel).toHaveBeenCalledTimes(2), 5_000);
    await vi.waitFor(async () => {
      await publisher.publish(eventOf('task', 'completed'));
      expect(listener.told.at(-1)).toBe('complete');
    }, 5_000);
  });

  it('rejects what was not confirmed when the connection was cut', async () => {
    const channel = await bus.openWriter();
    const publisher = amqpPublisher(channel, { exchange: bus.exchange });
    rabbit.broker.signal('SIGSTOP');
    const underWay = publisher.publish(eventOf('task', 'queued'));
    cut(await bus.asWriter());
    await expect(underWay).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: false });
    rabbit.broker.signal('SIGCONT');
  });

  it('waits for a slow broker', async () => {
    await bus.listen();
    const publisher = bus.publisher();
    await publisher.publish(eventOf('first', 'queued'));
    rabbit.broker.signal('SIGSTOP');
    const published = vi.fn();
    const underWay = Promise.all(
      statuses.map((status, i) => publisher.publish(eventOf(`slow-${i}`, status)).then(published)),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(published).not.toHaveBeenCalled();
    rabbit.broker.signal('SIGCONT');
    await underWay;
    await bus.settle();
    expect(bus.messages).toHaveLength(4);
  });

  it('refuses wrong options, and ids that are too long, before anything is sent', async () => {
    await bus.listen();
    const open = bus.openWriter;
    const wrong = [
      () => amqpPublisher(open, { exchange: '' }),
      () => amqpPublisher(open, { exchange: 'x'.repeat(256) }),
      () => amqpPublisher(open, { exchange: 'x', mandatory: 1 as unknown as boolean }),
      () => amqpPublisher(open, { exchange: 'x', queue: 'y' } as { exchange: string }),
      () => amqpPublisher({} as ConfirmChannel, { exchange: 'x' }),
      () => amqpSource({} as Channel, { exchange: 'x' }),
      () => amqpSource(bus.openReader, { exchange: 'x', firstNewsMs: -1 }),
    ];
    for (const attempt of wrong) expect(attempt).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    for (const id of ['x'.repeat(512), 'a\r\nPUB x 0', '..']) {
      const published = bus.publisher().publish(eventOf(id, 'queued'));
      await expect(published).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    await bus.settle();
    expect(bus.messages).toEqual([]);
  });

  it('loses nothing that was confirmed when the broker is killed, in the order of each task', async () => {
    // Killed within seconds of its declaration, a quorum queue of RabbitMQ 3.10 comes back without a leader.
    await vi.waitFor(() => expect(performance.now() - declaredMs).toBeGreaterThan(8_000), 10_000);
    const tasks = Array.from({ length: 200 }, (_, i) => ref(`task-${i}`));
    const watched = ref('watched');
    const listener = listen(durable.source()(watched));
    const publisher = durable.publisher();
    const confirmed: string[] = [];
    let killing: Promise<void> | undefined;
    const kill = async () => {
      await rabbit.broker.kill();
      await rabbit.broker.start();
    };
    const counting = {
      async publish(event: Parameters<typeof publisher.publish>[0]) {
        await publisher.publish(event);
        if (confirmed.push(event.id) === 150) killing = kill();
      },
    };
    await publishAll(counting, tasks);
    await killing;
    await durable.reopen();
    await durable.settle();
    const news = durable.news();
    const found = new Set([...news.values()].flat().map(({ id }) => id));
    expect(confirmed.filter((id) => !found.has(id))).toEqual([]);
    expect(news.size).toBe(200);
    for (const told of news.values()) {
      expect(told.at(-1)?.status).toBe('completed');
      const order = told.map(({ status }) => statuses.indexOf(status as 'queued'));
      expect(order).toEqual([...order].sort());
    }
    await vi.waitFor(() => expect(durable.readers.size).toBe(1), 15_000);
    await durable.settle();
    await publisher.publish(toCloudEvent(snapshotOf('completed', { task: watched })));
    await vi.waitFor(() => expect(listener.told).toEqual(['completed', 'complete']), 5_000);
    await durable.close();
  }, 60_000);
});

/** Publishes the life of each task, many at once. */
async function publishAll(
  publisher: Parameters<typeof publishTo>[0],
  tasks: readonly TaskRef[],
  options: Parameters<typeof publishTo>[1] = {},
): Promise<void> {
  const lives = statuses.flatMap((status) => tasks.map((task) => snapshotOf(status, { task }) as Snapshot));
  await lastValueFrom(from(lives).pipe(publishTo(publisher, { retry: { initialMs: 50, maxMs: 200 }, ...options })));
}

/** What a watch is told, and how it ends. */
function listen(source: ReturnType<SnapshotSource>) {
  const told: string[] = [];
  const subscription = source.subscribe({
    next: ({ status }) => told.push(status),
    error: ({ code }) => told.push(code),
    complete: () => told.push('complete'),
  });
  return { told, leave: () => subscription.unsubscribe() };
}

/** Cuts the connection that this belongs to, as a network does. */
function cut(model: { readonly connection: unknown }): void {
  (model.connection as { stream: { destroy(error: Error): void } }).stream.destroy(new Error('cut'));
}
