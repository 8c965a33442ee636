import { DiscardPolicy } from '@nats-io/jetstream';
import { concat, concatMap, delay, from, lastValueFrom, map, of, Subject, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { publishTo } from '../../../src/bridges/index.js';
import type { RushesError, Snapshot, TaskEvent } from '../../../src/index.js';
import { snapshotOf } from '../../../src/testing/index.js';
import { Viewer } from '../../watch/viewer.js';
import { Broker } from '../brokers/broker.js';
import { natsServer } from '../brokers/nats.js';
import { type Bus, type BusOptions, eventOf, openBus, openLine, ref } from './bus.js';

const lives = ['queued', 'in_progress', 'completed'] as const;
const patience = { retry: { giveUpAfterMs: 20_000, initialMs: 20, maxMs: 100 } };

describe.skipIf(!inject('brokers').includes('nats-server'))('the bridge to NATS in trouble', () => {
  const closing: (() => Promise<void> | void)[] = [];
  let broker: Broker;
  const open = async (options?: BusOptions): Promise<Bus> => {
    const bus = await openBus(broker, options);
    closing.push(() => bus.close());
    return bus;
  };
  const start = async () => {
    broker = await Broker.start(natsServer());
    closing.push(() => broker.close());
  };
  const line = async () => {
    const opened = await openLine(broker.port);
    closing.push(opened.close);
    return opened;
  };
  beforeEach(() => start());
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** Publishes the lives of many tasks, some at a time, and looks at what the bus holds once all is acknowledged. */
  async function publishMany(bus: Bus, tasks: number, atValue: (count: number) => void) {
    const events = (status: Snapshot['status']) =>
      from(Array.from({ length: tasks }, (_, i) => snapshotOf(status, { task: ref(`task_${i}`) }))).pipe(
        concatMap((snapshot) => of(snapshot).pipe(delay(snapshot.status === 'queued' ? 0 : 1))),
      );
    let count = 0;
    const passed = await lastValueFrom(
      concat(...lives.map(events)).pipe(
        map((snapshot): TaskEvent => ({ kind: 'snapshot', task: snapshot.task, snapshot })),
        publishTo(bus.publisher, patience),
        map((event) => {
          atValue(++count);
          return event;
        }),
        toArray(),
      ),
    );
    const news = await bus.news();
    for (let i = 0; i < tasks; i++) {
      const said = news.get(`task_${i}`) ?? [];
      const statuses = said.map(({ status }) => status);
      expect(statuses, `task_${i}`).toEqual(lives.filter((status) => statuses.includes(status)));
      expect(statuses.at(-1), `task_${i}`).toBe('completed');
      expect(new Set(said.map(({ id }) => id)).size).toBe(said.length);
    }
    for (const event of passed) {
      expect(event.kind).toBe('snapshot');
      const status = event.kind === 'snapshot' ? event.snapshot.status : 'lost';
      expect(news.get(event.task.id)?.map(({ status }) => status)).toContain(status);
    }
  }

  it('loses, doubles and disorders nothing when the server is killed while news of 300 tasks is published', async () => {
    const bus = await open({ timeoutMs: 1_000 });
    let restarted: Promise<void> | undefined;
    await publishMany(bus, 300, (count) => {
      if (count === 350) restarted = broker.kill().then(() => broker.start());
    });
    await restarted;
    expect(restarted).toBeDefined();
  });

  it('loses, doubles and disorders nothing over a line that is cut, and one on which answers are lost', async () => {
    const wire = await line();
    const bus = await open({ timeoutMs: 500, port: wire.port });
    await publishMany(bus, 150, (count) => {
      if (count % 60 === 0) wire.cut();
      if (count === 250) wire.deafen(true);
      if (count === 250)
        setTimeout(() => {
          wire.cut();
          wire.deafen(false);
        }, 300);
    });
  });

  it('loses, doubles and disorders nothing at a server that does not answer for a while', async () => {
    const bus = await open({ timeoutMs: 300 });
    await publishMany(bus, 60, (count) => {
      if (count !== 80) return;
      broker.signal('SIGSTOP');
      setTimeout(() => broker.signal('SIGCONT'), 1_000);
    });
  });

  it('misses nothing when the server is killed while tasks are watched', async () => {
    const bus = await open({ timeoutMs: 1_000 });
    const source = bus.source(patience);
    const ids = Array.from({ length: 20 }, (_, i) => `task_${i}`);
    const viewers = ids.map((id) => new Viewer(source(ref(id))));
    const tell = (status: Snapshot['status'], tasks = ids) =>
      lastValueFrom(
        from(tasks.map((id) => snapshotOf(status, { task: ref(id) }))).pipe(
          map((snapshot): TaskEvent => ({ kind: 'snapshot', task: snapshot.task, snapshot })),
          publishTo(bus.publisher, patience),
          toArray(),
        ),
      );
    await tell('queued', ids.slice(0, 10));
    await bus.settle();
    await broker.kill();
    const [telling] = [tell('queued'), new Viewer(source(ref('late')))];
    await broker.start();
    await telling;
    await tell('in_progress');
    await tell('completed');
    await vi.waitFor(() => expect(viewers.map(({ end }) => end)).toEqual(ids.map(() => 'complete')), {
      timeout: 15_000,
    });
    expect(viewers.map(({ offence }) => offence)).toEqual(ids.map(() => undefined));
  });

  it('comes back to a task over a line that is cut, and at a server that did not answer for a while', async () => {
    const wire = await line();
    const bus = await open({ timeoutMs: 500, port: wire.port });
    const straight = await open();
    const viewer = new Viewer(bus.source(patience)(ref('a')));
    const tell = (progress: number) => straight.js.publish(bus.addressed(ref('a')), told(progress));
    const told = (progress: number) => JSON.stringify(eventOf('a', 'in_progress', { progress }));
    const heard = () => viewer.heard.map(({ progress }) => progress);
    const hears = (...progress: readonly number[]) =>
      vi.waitFor(() => expect(heard()).toEqual(progress), { timeout: 15_000 });
    await tell(1);
    await hears(1);
    wire.cut();
    for (const progress of [2, 3]) await tell(progress);
    await hears(1, 2, 3);
    broker.signal('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    broker.signal('SIGCONT');
    await tell(4);
    await hears(1, 2, 3, 4);
    wire.deafen(true);
    await tell(5);
    setTimeout(() => {
      wire.deafen(false);
      wire.cut();
    }, 300);
    await hears(1, 2, 3, 4, 5);
    viewer.leave();
    await vi.waitFor(async () => expect(await bus.consumers()).toBe(0), { timeout: 5_000 });
  });

  it('begins anew in a stream that was emptied, or deleted and made again', async () => {
    const bus = await open({ timeoutMs: 500 });
    // It waits for a second after each try: nats-server 2.9.10 crashes when a stream is read while it is made.
    const retry = { giveUpAfterMs: 20_000, initialMs: 1_000, maxMs: 1_000 };
    const viewer = new Viewer(bus.source({ retry, random: () => 0.999 })(ref('a')));
    const hears = (progress: number) =>
      vi.waitFor(() => expect(viewer.last?.progress).toBe(progress), { timeout: 15_000 });
    for (const progress of [1, 2, 3]) await bus.publisher.publish(eventOf('a', 'in_progress', { progress }));
    await hears(3);
    await bus.jsm.streams.purge(bus.name);
    await bus.publisher.publish(eventOf('a', 'in_progress', { progress: 4 }));
    await hears(4);
    await bus.jsm.streams.delete(bus.name);
    await bus.jsm.streams.add({ name: bus.name, subjects: [`${bus.subject}.>`] });
    await bus.publisher.publish(eventOf('a', 'in_progress', { progress: 5 }));
    await hears(5);
    await bus.jsm.streams.delete(bus.name);
    await bus.jsm.streams.add({ name: `${bus.name}_2`, subjects: [`${bus.subject}.>`] });
    const end = of<Snapshot>(snapshotOf('completed', { task: ref('a') }));
    await lastValueFrom(end.pipe(publishTo(bus.publisher, patience)));
    await vi.waitFor(() => expect(viewer.end).toBe('complete'), { timeout: 15_000 });
    expect(viewer.heard.map(({ progress }) => progress)).toEqual(
      [1, 2, 3, 4, 5, undefined].slice(-viewer.heard.length),
    );
  });

  it('loses a watch over a connection that is closed, and gives an event up at once', async () => {
    const bus = await open();
    const viewer = new Viewer(bus.source()(ref('a')));
    const snapshots = new Subject<Snapshot>();
    const published = new Viewer(snapshots.pipe(publishTo(bus.publisher)));
    await bus.settle();
    await bus.connection.close();
    await vi.waitFor(() => expect(viewer.error).toBeDefined(), 15_000);
    expect(viewer.error).toMatchObject({ code: 'UNAVAILABLE', retryable: true, task: ref('a') });
    snapshots.next(snapshotOf('queued', { task: ref('a') }));
    await vi.waitFor(() => expect(published.error).toBeDefined(), 15_000);
    expect(published.error).toMatchObject({ code: 'PUBLISH_FAILED', retryable: false });
  });

  it('waits for room in a stream that is full', async () => {
    const bus = await open({ stream: { max_msgs: 2, discard: DiscardPolicy.New } });
    const troubles: RushesError[] = [];
    const all = from(['a', 'b', 'c'].map((id) => snapshotOf('completed', { task: ref(id) })));
    const passed = lastValueFrom(
      all.pipe(
        map((snapshot): TaskEvent => ({ kind: 'snapshot', task: snapshot.task, snapshot })),
        publishTo(bus.publisher, { ...patience, onRetry: (_, error) => troubles.push(error) }),
        toArray(),
      ),
    );
    await vi.waitFor(() => expect(troubles.length).toBeGreaterThan(0));
    expect(troubles[0]?.message).toContain('maximum messages exceeded');
    await bus.jsm.streams.purge(bus.name);
    expect((await passed).map(({ kind }) => kind)).toEqual(['snapshot', 'snapshot', 'snapshot']);
  });

  it('says that no stream takes the subject, and goes on once one does', async () => {
    const bus = await open();
    await bus.jsm.streams.delete(bus.name);
    await expect(bus.publisher.publish(eventOf('a', 'queued'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining(`no stream takes the subject ${bus.addressed(ref('a'))}`),
    });
    await bus.jsm.streams.add({ name: bus.name, subjects: [`${bus.subject}.>`] });
    await bus.publisher.publish(eventOf('a', 'queued'));
  });
});
