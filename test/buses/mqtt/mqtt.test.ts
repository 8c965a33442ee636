import { pbkdf2Sync } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { connect } from 'mqtt';
import { from, lastValueFrom, map, mergeMap, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { publishTo, type Skipped, toCloudEvent } from '../../../src/bridges/index.js';
import { mqttPublisher, mqttSource } from '../../../src/bridges/mqtt/index.js';
import { RushesError, type Snapshot, type TaskRef } from '../../../src/index.js';
import { snapshotOf } from '../../../src/testing/index.js';
import { Broker } from '../brokers/broker.js';
import { mosquitto } from '../brokers/mqtt.js';
import { eventOf, openBus, ref } from './bus.js';

const statuses = ['queued', 'in_progress', 'completed'] as const;

describe.skipIf(!inject('brokers').includes('mosquitto'))('MQTT', () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await Broker.start(mosquitto());
  });
  afterAll(() => broker?.close());

  it.each([4, 5] as const)(
    'tells live news and the end by topics of their own, with version %s',
    async (protocolVersion) => {
      const bus = await openBus(broker, { protocolVersion }, { keepMs: 90_500 });
      for (const status of statuses) await bus.publisher.publish(eventOf('a/+', status));
      const error = new RushesError('DEADLINE', 'too late', { task: ref('b') });
      await bus.publisher.publish(toCloudEvent({ kind: 'lost', task: ref('b'), error }));
      await bus.settle();
      const end = `${bus.topic}/test/a=2F=2B`;
      expect(bus.messages.map(({ topic }) => topic)).toEqual([
        `${end}/live`,
        `${end}/live`,
        end,
        `${bus.topic}/test/b/live`,
      ]);
      const properties = { contentType: 'application/cloudevents+json', messageExpiryInterval: 91 };
      for (const message of bus.messages)
        expect(message.properties).toEqual(protocolVersion === 5 ? expect.objectContaining(properties) : undefined);
      await bus.close();
    },
  );

  it('retains nothing unless asked to', async () => {
    const bus = await openBus(broker, {}, { retain: false });
    await bus.publisher.publish(eventOf('task', 'queued'));
    const listener = listen(bus.source()(ref('task')));
    await bus.settle();
    expect(listener.told).toEqual([]);
    await bus.publisher.publish(eventOf('task', 'completed'));
    await bus.settle();
    expect(listener.told).toEqual(['completed', 'complete']);
    await bus.close();
  });

  it('takes a retained end for the truth, whatever live news is retained beside it', async () => {
    const bus = await openBus(broker);
    const error = new RushesError('DEADLINE', 'too late', { task: ref('task') });
    await bus.publisher.publish(eventOf('task', 'completed'));
    await bus.publisher.publish(toCloudEvent({ kind: 'lost', task: ref('task'), error }));
    const [late] = [listen(bus.source()(ref('task')))];
    await bus.settle();
    expect(late?.told).toEqual(['completed', 'complete']);
    await bus.close();
  });

  it('tells each who watches a task how it stands', async () => {
    const bus = await openBus(broker);
    await bus.publisher.publish(eventOf('task', 'in_progress'));
    const source = bus.source();
    const [first, second] = [listen(source(ref('task'))), listen(source(ref('task')))];
    await bus.settle();
    const third = listen(source(ref('task')));
    expect(bus.subscribed.size).toBe(2);
    expect([first.told, second.told, third.told]).toEqual([['in_progress'], ['in_progress'], ['in_progress']]);
    const ofAnotherSource = listen(bus.source()(ref('task')));
    await bus.settle();
    expect(ofAnotherSource.told).toEqual(['in_progress']);
    await bus.publisher.publish(eventOf('task', 'queued'));
    await bus.settle();
    expect([first.told, second.told]).toEqual([
      ['in_progress', 'queued'],
      ['in_progress', 'queued'],
    ]);
    await bus.close();
  });

  it('gives up the topics of a task with the last who watches it', async () => {
    const bus = await openBus(broker);
    await bus.publisher.publish(eventOf('task', 'in_progress'));
    const source = bus.source();
    const listeners = bus.reader.listenerCount('connect');
    const [first, second, third] = [
      listen(source(ref('task'))),
      listen(source(ref('task'))),
      listen(source(ref('task'))),
    ];
    await bus.settle();
    first.leave();
    third.leave();
    await bus.publisher.publish(eventOf('task', 'queued'));
    await bus.settle();
    expect(second.told).toEqual(['in_progress', 'queued']);
    expect(bus.subscribed.size).toBe(2);
    second.leave();
    expect(bus.subscribed.size).toBe(0);
    expect(bus.reader.listenerCount('connect')).toBe(listeners);
    const received = vi.fn();
    bus.reader.on('message', (topic) => topic.startsWith(bus.topic) && received(topic));
    await bus.publisher.publish(eventOf('task', 'completed'));
    await bus.settle();
    expect(received).not.toHaveBeenCalled();
    await bus.close();
  });

  it('brings to each of a thousand tasks its own news alone', async () => {
    const bus = await openBus(broker);
    const strange = ['*', '>', 'a.>', '#', '+', '$SYS/x', '/', ' ', 'live', 'a/live', 'ö', '=2F'];
    const tasks = [...strange, ...Array.from({ length: 1_000 - strange.length }, (_, i) => `task-${i}`)].map(ref);
    const source = bus.source();
    const all = lastValueFrom(
      from(tasks).pipe(
        mergeMap((task) => source(task).pipe(map((snapshot) => [task.id, snapshot] as const))),
        toArray(),
      ),
    );
    await bus.settle();
    await publishAll(bus.publisher, tasks);
    const heard = await all;
    expect(heard.every(([id, { task }]) => id === task.id)).toBe(true);
    const ends = heard.filter(([, { status }]) => status === 'completed').map(([id]) => id);
    expect(new Set(ends).size).toBe(1_000);
    expect(ends).toHaveLength(1_000);
    expect(bus.subscribed.size).toBe(0);
    await bus.close();
  });

  it('skips poison and tells of it once, but not of a retained message that is cleared', async () => {
    const bus = await openBus(broker);
    const skipped: Skipped[] = [];
    const source = bus.source({ onSkipped: (one) => skipped.push(one), verify: ({ time }) => time !== undefined });
    const [one, two] = [listen(source(ref('task'))), listen(source(ref('task')))];
    const other = listen(source(ref('other')));
    await bus.settle();
    await bus.inject(ref('task'), 'not JSON', 'live');
    await bus.inject(ref('task'), Buffer.alloc(10_000_000, '{'));
    await bus.inject(ref('task'), `${'['.repeat(400_000)}${']'.repeat(400_000)}`);
    await bus.inject(ref('task'), JSON.stringify(eventOf('other', 'completed')));
    await bus.inject(ref('task'), JSON.stringify({ ...eventOf('task', 'completed'), time: undefined }));
    await bus.inject(ref('task'), '', 'live', true);
    await bus.publisher.publish(eventOf('task', 'queued'));
    await bus.settle();
    expect([one.told, two.told, other.told]).toEqual([['queued'], ['queued'], []]);
    expect(skipped.map(({ reason }) => reason)).toEqual(['garbled', 'garbled', 'garbled', 'misplaced', 'refused']);
    await bus.close();
  });

  it('comes back when the connection is cut, and reads again how the task stands', async () => {
    const bus = await openBus(broker, { reconnectPeriod: 50 });
    const listener = listen(bus.source()(ref('task')));
    await bus.publisher.publish(eventOf('task', 'queued'));
    await bus.settle();
    bus.reader.stream.destroy();
    await bus.publisher.publish(eventOf('task', 'in_progress'));
    bus.writer.stream.destroy();
    await bus.publisher.publish(eventOf('task', 'completed'));
    await vi.waitFor(() => expect(listener.told).toEqual(['queued', 'in_progress', 'completed', 'complete']), 5_000);
    await bus.close();
  });

  it.each([4, 5] as const)(
    'subscribes again by itself where mqtt.js does not, with version %s',
    async (protocolVersion) => {
      const bus = await openBus(broker, { protocolVersion, resubscribe: false });
      const listener = listen(bus.source()(ref('task')));
      await bus.settle();
      bus.reader.stream.destroy();
      await bus.publisher.publish(eventOf('task', 'completed'));
      await vi.waitFor(() => expect(listener.told).toEqual(['completed', 'complete']), 5_000);
      await bus.close();
    },
  );

  it('is STALLED when the end of its task was published while its connection was lost, and not retained', async () => {
    const bus = await openBus(broker, {}, { retain: false });
    const listener = listen(bus.source({ firstNewsMs: 5_000 })(ref('task')));
    await bus.settle();
    await bus.publisher.publish(eventOf('task', 'queued'));
    await bus.settle();
    bus.reader.options.reconnectPeriod = 600_000;
    bus.reader.stream.destroy();
    await bus.publisher.publish(eventOf('task', 'completed'));
    bus.reader.reconnect();
    await vi.waitFor(() => expect(listener.told).toEqual(['queued', 'STALLED']), 15_000);
    await bus.close();
  });

  it('is UNAVAILABLE once the client does not reconnect', async () => {
    const bus = await openBus(broker, { reconnectPeriod: 0 });
    const listener = listen(bus.source()(ref('task')));
    bus.reader.stream.destroy();
    await vi.waitFor(() => expect(listener.told).toEqual(['UNAVAILABLE']));
    broker.signal('SIGSTOP');
    const underWay = bus.publisher.publish(eventOf('task', 'queued'));
    bus.writer.stream.destroy();
    await expect(underWay).rejects.toThrow('does not reconnect');
    await expect(bus.publisher.publish(eventOf('task', 'queued'))).rejects.toThrow('does not reconnect');
    broker.signal('SIGCONT');
    await bus.close();
    const ended = listen(bus.source()(ref('task')));
    await vi.waitFor(() => expect(ended.told).toEqual(['UNAVAILABLE']));
  });

  it('is UNAVAILABLE when the broker refuses the subscription', () => {
    const unsubscribe = vi.fn();
    const client = Object.assign(new EventEmitter(), {
      connected: true,
      reconnecting: false,
      disconnecting: false,
      disconnected: false,
      subscribe: (_topics: unknown, acknowledged: (error: Error) => void) =>
        acknowledged(new Error('Subscribe error: Not authorized')),
      unsubscribe,
    });
    const source = mqttSource(client, { topic: 'video' });
    const events = client.eventNames();
    expect(listen(source(ref('task'))).told).toEqual(['UNAVAILABLE']);
    expect(unsubscribe).toHaveBeenCalledTimes(1);
    expect(client.eventNames()).toEqual(events);
  });

  it('waits for a slow broker', async () => {
    const bus = await openBus(broker);
    broker.signal('SIGSTOP');
    const published = vi.fn();
    const underWay = Promise.all(
      statuses.map((status, i) => bus.publisher.publish(eventOf(`slow-${i}`, status)).then(published)),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(published).not.toHaveBeenCalled();
    broker.signal('SIGCONT');
    await underWay;
    await bus.settle();
    expect(bus.messages).toHaveLength(3);
    await bus.close();
  });

  it('refuses what is no address before anything is sent', async () => {
    const bus = await openBus(broker);
    const wrong = [
      () => mqttPublisher(bus.writer, { topic: 'video/#' }),
      () => mqttPublisher(bus.writer, { topic: '' }),
      () => mqttPublisher(bus.writer, { topic: 'video', keepMs: 0 }),
      () => mqttPublisher(bus.writer, { topic: 'video', retain: 1 as unknown as boolean }),
      () => mqttPublisher(bus.writer, { topic: 'video', qos: 2 } as { topic: string }),
      () => mqttPublisher({} as typeof bus.writer, { topic: 'video' }),
      () => mqttSource(bus.reader, { topic: '+' }),
      () => mqttSource(bus.reader, { topic: 'video', firstNewsMs: -1 }),
    ];
    for (const attempt of wrong) expect(attempt).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    for (const task of [{ provider: '#', id: 'a' }, ref('a\r\nPUB x 0'), ref('..')]) {
      const event = toCloudEvent(snapshotOf('queued', { task }));
      await expect(async () => bus.publisher.publish(event)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    const deep = mqttPublisher(bus.writer, { topic: 'x'.repeat(65_530) });
    await expect(async () => deep.publish(eventOf('task', 'queued'))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await bus.settle();
    expect(bus.messages).toEqual([]);
    await bus.close();
  });

  describe('at a broker that lets in whom it knows', () => {
    let own: Broker;
    beforeAll(async () => {
      const salt = Buffer.alloc(12, 7);
      const hash = pbkdf2Sync('s3cret-of-ann', salt, 101, 64, 'sha512').toString('base64');
      own = await Broker.start(
        mosquitto({
          files: {
            users: `ann:$7$101$${salt.toString('base64')}$${hash}\n`,
            rights: 'user ann\ntopic readwrite video/allowed/#\n',
          },
          lines: (folder) => [
            'allow_anonymous false',
            `password_file ${join(folder, 'users')}`,
            `acl_file ${join(folder, 'rights')}`,
          ],
        }),
      );
    });
    afterAll(() => own?.close());

    const dial = (protocolVersion: 4 | 5, password: string) => {
      const client = connect({ host: '127.0.0.1', port: own.port, protocolVersion, username: 'ann', password });
      client.on('error', () => undefined);
      return client;
    };
    const retry = { giveUpAfterMs: 100, initialMs: 10 };

    it.each([4, 5] as const)('is refused with a wrong password, with version %s', async (protocolVersion) => {
      const client = dial(protocolVersion, 's3cret-of-bob');
      const publisher = mqttPublisher(client, { topic: 'video/allowed' });
      const listener = listen(mqttSource(client, { topic: 'video/allowed' })(ref('task')));
      const published = lastValueFrom(
        from([snapshotOf('queued', { task: ref('task') })]).pipe(publishTo(publisher, { retry })),
      );
      const error: RushesError = await published.then(
        () => expect.unreachable(),
        (refusal) => refusal,
      );
      expect(error.code).toBe('PUBLISH_FAILED');
      expect(error.message).toMatch(/Connection refused: .*[Nn]ot authorized/);
      expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toContain('s3cret');
      expect(listener.told).toEqual(['UNAVAILABLE']);
      const lost = dial(protocolVersion, 's3cret-of-bob');
      await new Promise<void>((resolve) => lost.on('close', () => resolve()));
      const late = listen(mqttSource(lost, { topic: 'video/allowed' })(ref('task')));
      await vi.waitFor(() => expect(late.told).toEqual(['UNAVAILABLE']), 10_000);
      await Promise.all([client, lost].map((each) => each.endAsync(true)));
    });

    it('may write and read where it has the rights, and no more', async () => {
      const client = dial(5, 's3cret-of-ann');
      const allowed = listen(mqttSource(client, { topic: 'video/allowed' })(ref('task')));
      await mqttPublisher(client, { topic: 'video/allowed', retain: true }).publish(eventOf('task', 'queued'));
      await vi.waitFor(() => expect(allowed.told).toEqual(['queued']));
      allowed.leave();
      const denied = mqttPublisher(client, { topic: 'video/denied' });
      await expect(denied.publish(eventOf('task', 'completed'))).rejects.toThrow('Not authorized');
      // By rights of this kind mosquitto takes any subscription, and brings nothing.
      const unheard = listen(mqttSource(client, { topic: 'video/denied', firstNewsMs: 50 })(ref('task')));
      await vi.waitFor(() => expect(unheard.told).toEqual(['STALLED']));
      await client.endAsync(true);
    });

    it('is not told with version 3.1.1 that a broker drops what it publishes without rights', async () => {
      const client = dial(4, 's3cret-of-ann');
      await mqttPublisher(client, { topic: 'video/denied' }).publish(eventOf('task', 'completed'));
      await client.endAsync();
    });
  });

  it('loses nothing that the broker had not acknowledged when it was killed, in the order of each task', async () => {
    const own = await Broker.start(mosquitto({ persistent: true }));
    onTestFinished(() => own.close());
    const bus = await openBus(own, { clean: false, protocolVersion: 4 });
    const tasks = Array.from({ length: 300 }, (_, i) => ref(`task-${i}`));
    const acknowledged: string[] = [];
    let before: readonly string[] = [];
    let killing: Promise<void> | undefined;
    const kill = async () => {
      bus.writer.once('close', () => {
        before = [...acknowledged];
      });
      await own.kill();
      await own.start();
    };
    const watched = {
      async publish(event: Parameters<typeof bus.publisher.publish>[0]) {
        await bus.publisher.publish(event);
        acknowledged.push(`${event.id}`);
        if (acknowledged.length === 250) killing = kill();
      },
    };
    await publishAll(watched, tasks);
    await killing;
    await bus.settle();
    const news = bus.news();
    const found = new Set([...news.values()].flat().map(({ id }) => id));
    expect(before.length).toBeGreaterThanOrEqual(250);
    expect(acknowledged.filter((id) => !before.includes(id) && !found.has(id))).toEqual([]);
    for (const told of news.values()) {
      const order = told.map(({ status }) => statuses.indexOf(status as 'queued'));
      expect(order).toEqual([...order].sort());
    }
    await bus.close();
  });
});

/** Publishes the life of each task, many at once. */
async function publishAll(publisher: Parameters<typeof publishTo>[0], tasks: readonly TaskRef[]): Promise<void> {
  const lives = tasks.flatMap((task) =>
    statuses.map((status) => ({ task, snapshot: snapshotOf(status, { task }) as Snapshot })),
  );
  lives.sort(
    (a, b) => statuses.indexOf(a.snapshot.status as 'queued') - statuses.indexOf(b.snapshot.status as 'queued'),
  );
  await lastValueFrom(
    from(lives).pipe(
      map(({ task, snapshot }) => ({ kind: 'snapshot', task, snapshot }) as const),
      publishTo(publisher, { retry: { initialMs: 50, maxMs: 200 } }),
    ),
  );
}

/** What a watch is told, and how it ends. */
function listen(source: ReturnType<ReturnType<typeof mqttSource>>) {
  const told: string[] = [];
  const subscription = source.subscribe({
    next: ({ status }) => told.push(status),
    error: ({ code }) => told.push(code),
    complete: () => told.push('complete'),
  });
  return { told, leave: () => subscription.unsubscribe() };
}
