import { concatMap, from, lastValueFrom, mergeMap, of, tap, toArray } from 'rxjs';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { publishTo } from '../../../src/bridges/index.js';
import type { Snapshot } from '../../../src/index.js';
import { snapshotOf } from '../../../src/testing/index.js';
import { Broker } from '../brokers/broker.js';
import { redisServer } from '../brokers/redis.js';
import { type Bus, type BusOptions, clients, eventOf, listen, openBus, openLine, poll, ref } from './bus.js';

const lives = ['queued', 'in_progress', 'completed'] as const;

describe.skipIf(!inject('brokers').includes('redis-server')).each(clients)(
  'when Redis breaks, through %s,',
  (client) => {
    const opened: { close(): unknown }[] = [];
    const start = async (...more: Parameters<typeof redisServer>) => {
      const broker = await Broker.start(redisServer(...more));
      opened.push(broker);
      return broker;
    };
    const bus = async (broker: Broker, options: BusOptions = {}) => {
      const one = await openBus(broker, { client, ...options });
      opened.unshift(one);
      return one;
    };
    afterEach(async () => {
      for (const one of opened.splice(0)) await one.close();
    });

    /** Publishes the life of each task, told of each acknowledgement. */
    const publishAll = ({ publisher }: Bus, tasks: number, onAcknowledged: (count: number) => void) => {
      let count = 0;
      const publish = publishTo<Snapshot>(publisher, { retry: { initialMs: 50, maxMs: 200 } });
      const life = (id: number) => lives.map((status) => snapshotOf(status, { task: ref(`task_${id}`) }));
      return lastValueFrom(
        from(Array.from({ length: tasks }, (_, id) => id)).pipe(
          // One after the other, so that none takes the place of another.
          mergeMap((id) => from(life(id)).pipe(concatMap((snapshot) => of(snapshot).pipe(publish))), 32),
          tap(() => onAcknowledged(++count)),
          toArray(),
        ),
      );
    };

    const expectAll = async (world: Bus, acknowledged: readonly Snapshot[], tasks: number) => {
      const news = await world.news();
      expect(acknowledged).toHaveLength(3 * tasks);
      expect(news.size).toBe(tasks);
      for (const told of news.values()) {
        expect(told.map(({ status }) => status)).toEqual(lives);
        expect(new Set(told.map(({ id }) => id)).size).toBe(3);
      }
    };

    it('nothing acknowledged is lost or stored twice when it is killed while many publish', async () => {
      const broker = await start();
      const world = await bus(broker);
      const crashes: Promise<void>[] = [];
      const crashAt = new Set([50, 400, 800]);
      const acknowledged = await publishAll(world, 300, (count) => {
        if (crashAt.has(count)) crashes.push(broker.kill().then(() => broker.start()));
      });
      await Promise.all(crashes);
      expect(crashes).toHaveLength(3);
      await expectAll(world, acknowledged, 300);
    });

    it('a lost answer stores nothing twice', async () => {
      const broker = await start();
      const line = await openLine(broker.port);
      opened.unshift(line);
      const world = await bus(broker, { port: line.port });
      const acknowledged = await publishAll(world, 200, (count) => {
        if (count % 100 !== 50) return;
        line.deafen(true);
        setTimeout(() => {
          line.deafen(false);
          line.cut();
        }, 20);
      });
      await expectAll(world, acknowledged, 200);
    });

    it('a slow server is waited for', async () => {
      const broker = await start();
      const world = await bus(broker);
      const acknowledged = await publishAll(world, 100, (count) => {
        if (count !== 100) return;
        broker.signal('SIGSTOP');
        setTimeout(() => broker.signal('SIGCONT'), 1_000);
      });
      await expectAll(world, acknowledged, 100);
    });

    it('whoever watches goes on after a restart, and hears what came while it was away', async () => {
      const broker = await start();
      const line = await openLine(broker.port);
      opened.unshift(line);
      const [reader, writer] = [await bus(broker, { port: line.port }), await bus(broker)];
      const other = await bus(broker, { publisher: { stream: reader.stream } });
      const source = reader.source();
      const listeners = ['a', 'b'].map((id) => listen(source, ref(id)));
      const [a, b] = listeners;
      await other.publisher.publish(eventOf('a', 'queued'));
      await poll(() => a?.heard).toEqual(['queued']);
      await broker.kill();
      await broker.start();
      await other.publisher.publish(eventOf('a', 'in_progress'));
      await poll(() => a?.heard).toEqual(['queued', 'in_progress']);
      line.deafen(true);
      line.cut();
      await other.publisher.publish(eventOf('a', 'completed'));
      await other.publisher.publish(eventOf('b', 'failed'));
      line.deafen(false);
      line.cut();
      await poll(() => [a?.end, b?.end]).toEqual(['complete', 'complete']);
      expect([a?.heard.at(-1), b?.heard]).toEqual(['completed', ['failed']]);
      await poll(() => reader.busy()).toBe(0);
      expect(await writer.busy()).toBe(0);
    });

    it('whoever watches goes on when it comes back without its data', async () => {
      const broker = await start({ appendonly: 'no' });
      const world = await bus(broker);
      const listener = listen(world.source(), ref('a'));
      // As if the clock of the server had been ahead before it was lost.
      await world.publisher.publish(eventOf('a', 'queued'));
      await world.inject('{}', 'event', `${Date.now() + 3_600_000}-0`);
      await poll(() => listener.heard).toEqual(['queued']);
      await broker.kill();
      await broker.start();
      await world.publisher.publish(eventOf('a', 'in_progress'));
      await poll(() => listener.heard).toEqual(['queued', 'in_progress']);
      await world.publisher.publish(eventOf('a', 'completed'));
      await poll(() => listener.end).toBe('complete');
    });

    it('whoever watches hears of the end when the stream is deleted and made anew with older places', async () => {
      const broker = await start({ appendfsync: 'no' });
      const world = await bus(broker);
      await world.inject('{}', 'event', `${Date.now() + 3_600_000}-0`);
      const listener = listen(world.source(), ref('a'));
      await world.publisher.publish(eventOf('a', 'queued'));
      await poll(() => listener.heard).toEqual(['queued']);
      await world.admin.flushall();
      await world.publisher.publish(eventOf('a', 'in_progress'));
      await poll(() => listener.heard).toEqual(['queued', 'in_progress']);
      await world.settle();
      for (let progress = 0; progress < 5; progress++)
        await world.publisher.publish(eventOf('a', 'in_progress', { progress }));
      await world.publisher.publish(eventOf('a', 'completed'));
      await poll(() => listener.end).toBe('complete');
      expect(listener.heard).toEqual(['queued', ...Array(6).fill('in_progress'), 'completed']);
    });

    it('a connection that has gone deaf is made anew', async () => {
      const broker = await start({ appendfsync: 'no' });
      const line = await openLine(broker.port);
      opened.unshift(line);
      const reader = await bus(broker, { port: line.port });
      const other = await bus(broker, { publisher: { stream: reader.stream } });
      const listener = listen(reader.source({ answerTimeoutMs: 300 }), ref('a'));
      await other.publisher.publish(eventOf('a', 'queued'));
      await poll(() => listener.heard).toEqual(['queued']);
      line.deafen(true);
      await other.publisher.publish(eventOf('a', 'completed'));
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      expect(listener.heard).toEqual(['queued']);
      line.deafen(false);
      line.cut();
      await poll(() => listener.end).toBe('complete');
    });

    it('watches are lost as UNAVAILABLE when it stays away, and the next one begins anew', async () => {
      const broker = await start();
      const world = await bus(broker);
      const source = world.source({ retry: { giveUpAfterMs: 500, maxMs: 50 }, answerTimeoutMs: 100 });
      const listeners = ['a', 'b'].map((id) => listen(source, ref(id)));
      await world.publisher.publish(eventOf('a', 'queued'));
      await poll(() => listeners[0]?.heard).toEqual(['queued']);
      await broker.kill();
      for (const listener of listeners)
        await poll(() => listener.end).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
      await broker.start();
      const again = listen(world.source(), ref('a'));
      await poll(() => again.heard).toEqual(['queued']);
      again.leave();
      await poll(() => world.busy()).toBe(0);
    });
  },
);
