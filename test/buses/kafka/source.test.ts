import type { Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { type Skipped, toCloudEvent } from '../../../src/bridges/index.js';
import { type KafkaSourceOptions, kafkaSource } from '../../../src/bridges/kafka/index.js';
import type { Snapshot, TaskRef } from '../../../src/index.js';
import { snapshotOf } from '../../../src/testing/index.js';
import { Viewer } from '../../watch/viewer.js';
import { apis, KafkaMock, kafkaErrors } from '../brokers/kafka.js';
import { KafkaWorld } from './world.js';

const ref = (id: string): TaskRef => ({ provider: 'cometapi', id });
const task = ref('task_1');
const event = (status: Snapshot['status'], of = task, facts: object = {}) =>
  toCloudEvent(snapshotOf(status, { ...facts, task: of }));
const told = ({ heard }: Viewer) => heard.map(({ status }) => status).join(' ');
const bytes = (body: unknown) => new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
const soon = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 20_000 });

describe.skipIf(!inject('brokers').includes('python3-confluent-kafka'))('a source from Kafka', () => {
  let mock: KafkaMock;
  let producer: Producer;
  const worlds: KafkaWorld[] = [];
  beforeAll(async () => {
    mock = await KafkaMock.start();
    producer = mock.client().producer({ allowAutoTopicCreation: false });
    await producer.connect();
  });
  const close = async () => {
    await Promise.all(worlds.splice(0).map((world) => world.close()));
  };
  afterAll(async () => {
    await close();
    await producer?.disconnect();
    await mock?.close();
  });
  const open = async (options: Partial<KafkaSourceOptions> = {}) => {
    const world = await KafkaWorld.open(mock, producer, options);
    worlds.push(world);
    return world;
  };

  // A group takes three seconds to form.
  describe.concurrent('while all is well', () => {
    afterAll(close);

    it('runs the consumer once for all watches, and stops it when the last has left', async () => {
      const world = await open();
      const [one, two] = [new Viewer(world.source(task)), new Viewer(world.source(ref('task_2')))];
      await world.publisher.publish(event('completed'));
      await soon(() => expect([told(one), one.end]).toEqual(['completed', 'complete']));
      expect([world.joined, world.stopped]).toEqual([1, 0]);
      two.leave();
      await soon(() => expect(world.stopped).toBe(1));
    });

    it('goes on where it was for who comes after the last has left', async () => {
      const world = await open();
      const first = new Viewer(world.source(task));
      await world.publisher.publish(event('queued'));
      await soon(() => expect(told(first)).toBe('queued'));
      first.leave();
      const second = new Viewer(world.source(task));
      await world.publisher.publish(event('in_progress'));
      await soon(() => expect(told(second)).toBe('in_progress'));
      second.leave();
      await soon(() => expect(world.stopped).toBe(2));
      await world.publisher.publish(event('completed'));
      const third = new Viewer(world.source(task));
      await soon(() => expect([told(third), third.end]).toEqual(['completed', 'complete']));
      expect([told(first), world.joined]).toEqual(['queued', 3]);
    });

    it('begins with the oldest that the topic holds, or with what comes', async () => {
      const [all, coming] = [await open(), await open({ fromBeginning: false })];
      const viewers = [all, coming].map((world) => new Viewer(world.source(task)));
      for (const world of [all, coming]) await world.publisher.publish(event('queued'));
      await soon(() => expect([all.joined, coming.joined]).toEqual([1, 1]));
      // A group that has joined may not have asked yet where the topic ends.
      await soon(async () => {
        for (const world of [all, coming]) await world.publisher.publish(event('in_progress'));
        expect(viewers.map((viewer) => viewer.heard.length > 0)).toEqual([true, true]);
      });
      expect(viewers.map((viewer) => told(viewer).split(' ')[0])).toEqual(['queued', 'in_progress']);
    });

    it('skips poison and tells of it, believes nobody about another task, and obeys the law', async () => {
      const skipped: Skipped['reason'][] = [];
      const world = await open({ onSkipped: ({ reason }) => skipped.push(reason) });
      const victim = ref('task_2');
      const viewers = [new Viewer(world.source(task)), new Viewer(world.source(victim))];
      await world.publisher.publish(event('queued'));
      const poison: [TaskRef | undefined, Uint8Array | null][] = [
        [task, bytes('not JSON')],
        [task, null],
        [task, new Uint8Array(3_000_000)],
        [task, bytes(`${'['.repeat(400_000)}${']'.repeat(400_000)}`)],
        [task, bytes({ ...event('completed'), specversion: '0.3' })],
        [task, bytes(event('completed', victim))],
        [undefined, bytes(event('completed'))],
      ];
      for (const [of, body] of poison) await world.inject(of, body);
      await world.publisher.publish(event('completed'));
      await world.publisher.publish(event('in_progress', task, { progress: 10 }));
      await world.publisher.publish(event('queued', victim));
      await soon(() => expect(viewers.map(told)).toEqual(['queued completed', 'queued']));
      expect(viewers.map(({ end }) => end)).toEqual(['complete', undefined]);
      expect(skipped).toEqual([...Array(5).fill('garbled'), 'misplaced', 'misplaced']);
    });

    it('tells a new group the first end that the topic holds, whatever a zombie said since', async () => {
      const world = await open();
      for (const status of ['queued', 'completed', 'in_progress', 'failed'] as const)
        await world.publisher.publish(event(status));
      const late = new Viewer(world.source(task));
      await soon(() => expect([told(late), late.end]).toEqual(['queued completed', 'complete']));
    });
  });

  it('comes back when the connection is lost', async () => {
    const world = await open();
    const viewer = new Viewer(world.source(task));
    await world.publisher.publish(event('queued'));
    await soon(() => expect(told(viewer)).toBe('queued'));
    await mock.down();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await mock.up();
    await world.publisher.publish(event('completed'));
    await soon(() => expect([told(viewer), viewer.end]).toEqual(['queued completed', 'complete']));
  });

  it('is lost when the consumer may not join, and works once it may', async () => {
    const world = await open();
    await mock.refuse(apis.joinGroup, [kafkaErrors.groupAuthorizationFailed]);
    const viewer = new Viewer(world.source(task));
    await soon(() =>
      expect(viewer.error).toMatchObject({
        code: 'UNAVAILABLE',
        retryable: true,
        message: expect.stringContaining('Not authorized'),
      }),
    );
    await world.publisher.publish(event('completed'));
    const next = new Viewer(world.source(task));
    await soon(() => expect([told(next), next.end]).toEqual(['completed', 'complete']));
  });
});

describe('a consumer', () => {
  /** Notes what is called; each call is answered when the test says so. */
  const scripted = () => {
    const calls: string[] = [];
    const waiting: { resolve(): void; reject(error: Error): void }[] = [];
    const call = (name: string) => () =>
      new Promise<void>((resolve, reject) => {
        calls.push(name);
        waiting.push({ resolve, reject });
      });
    const consumer = {
      subscribe: call('subscribe'),
      run: call('run'),
      stop: call('stop'),
      on: () => () => calls.push('forget'),
    };
    const turn = () => new Promise((resolve) => setTimeout(resolve));
    return {
      calls,
      source: kafkaSource(consumer, { topic: 't' }),
      async answer(error?: Error) {
        await turn();
        const next = waiting.shift();
        if (error) next?.reject(error);
        else next?.resolve();
        await turn();
      },
    };
  };

  it('does not run for a watch that has left, and is stopped once it runs for one that left since', async () => {
    const { calls, source, answer } = scripted();
    new Viewer(source(task)).leave();
    await answer();
    expect(calls).toEqual(['forget', 'stop']);
    const viewer = new Viewer(source(task));
    await answer();
    viewer.leave();
    expect(calls).toEqual(['forget', 'stop', 'subscribe', 'run', 'forget']);
    await answer();
    expect(calls.at(-1)).toBe('stop');
  });

  it('runs anew only when it has stopped', async () => {
    const { calls, source, answer } = scripted();
    const first = new Viewer(source(task));
    await answer();
    await answer();
    first.leave();
    new Viewer(source(task));
    await answer();
    expect(calls).toEqual(['subscribe', 'run', 'forget', 'stop', 'subscribe']);
  });

  it('that cannot start makes the watch lost, and is tried again for the next', async () => {
    const { calls, source, answer } = scripted();
    const viewer = new Viewer(source(task));
    await answer(new Error('no broker'));
    expect(viewer.error).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    await answer();
    new Viewer(source(task));
    await answer();
    expect(calls).toEqual(['subscribe', 'forget', 'stop', 'subscribe', 'run']);
  });

  it('that could not be stopped is told of to the next watch, and then tried again', async () => {
    const { source, answer } = scripted();
    const first = new Viewer(source(task));
    await answer();
    await answer();
    first.leave();
    await answer(new Error('it does not stop'));
    const second = new Viewer(source(task));
    await answer();
    expect(second.error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('it does not stop') });
  });

  it.each([
    [{ topic: 'a/b' }, 'kafkaSource.topic: expected 1-249 characters'],
    [{ topic: 't', fromBeginning: 1 }, 'kafkaSource.fromBeginning: expected true or false, received 1'],
    [{ topic: 't', firstNewsMs: -1 }, 'kafkaSource.firstNewsMs: expected milliseconds'],
    [{ topic: 't', groupId: 'g' }, 'kafkaSource: expected no other options than'],
  ])('is refused with %o', (options, message) => {
    const consumer = Object({ subscribe: () => 0, run: () => 0, stop: () => 0, on: () => 0 });
    expect(() => kafkaSource(consumer, options as KafkaSourceOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) }),
    );
    expect(() => kafkaSource(Object({}), { topic: 't' })).toThrow('kafkaSource(consumer): expected a consumer');
  });
});
