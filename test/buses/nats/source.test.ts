import type { Observable } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import type { Skipped } from '../../../src/bridges/index.js';
import { type NatsReader, natsPublisher, natsSource } from '../../../src/bridges/nats/index.js';
import type { Snapshot } from '../../../src/index.js';
import { Viewer } from '../../watch/viewer.js';
import { Broker } from '../brokers/broker.js';
import { natsServer } from '../brokers/nats.js';
import { type Bus, eventOf, openBus, ref } from './bus.js';
import { strangeIds } from './strange-ids.js';

const statusesOf = (viewer: Viewer) => viewer.heard.map(({ status }) => status);

describe.skipIf(!inject('brokers').includes('nats-server'))('natsSource', () => {
  let broker: Broker;
  let bus: Bus;
  const viewers: Viewer[] = [];
  const watching = (stream: Observable<Snapshot>) => {
    const viewer = new Viewer(stream);
    viewers.push(viewer);
    return viewer;
  };
  beforeAll(async () => {
    broker = await Broker.start(natsServer());
  });
  afterAll(() => broker?.close());
  beforeEach(async () => {
    bus = await openBus(broker);
  });
  afterEach(async () => {
    for (const viewer of viewers.splice(0)) {
      viewer.leave();
      expect(viewer.offence).toBeUndefined();
    }
    await bus.settle();
    await vi.waitFor(async () => expect(await bus.consumers()).toBe(0));
    await bus.close();
  });

  const heard = (viewer: Viewer, ...statuses: readonly string[]) =>
    vi.waitFor(() => expect(statusesOf(viewer)).toEqual(statuses), { timeout: 10_000 });

  /** What is counted of the calls of a client. */
  function counted() {
    const calls = { consumers: 0, managers: 0 };
    const js: NatsReader = {
      jetstreamManager: (check) => {
        calls.managers++;
        return bus.js.jetstreamManager(check);
      },
      consumers: {
        get: (stream, options) => {
          calls.consumers++;
          return bus.js.consumers.get(stream, options);
        },
      },
    };
    return { calls, source: natsSource(js, { subject: bus.subject, heartbeatMs: 500 }) };
  }

  it('tells who comes late the latest and then the news, over one consumer however many watch', async () => {
    await bus.publisher.publish(eventOf('a', 'queued'));
    await bus.publisher.publish(eventOf('a', 'in_progress'));
    const { calls, source } = counted();
    const first = watching(source(ref('a')));
    await heard(first, 'in_progress');
    await bus.settle();
    const second = watching(source(ref('a')));
    expect(statusesOf(second)).toEqual(['in_progress']);
    await bus.publisher.publish(eventOf('a', 'completed'));
    await heard(first, 'in_progress', 'completed');
    await heard(second, 'in_progress', 'completed');
    expect(calls.consumers).toBe(1);
  });

  it('needs no consumer for a task that has ended', async () => {
    for (const status of ['queued', 'completed'] as const) await bus.publisher.publish(eventOf('a', status));
    const { calls, source } = counted();
    const viewer = watching(source(ref('a')));
    await heard(viewer, 'completed');
    expect([viewer.end, calls.consumers]).toEqual(['complete', 0]);
  });

  it('lets poison in the last place hide nothing, and tells of it once', async () => {
    await bus.publisher.publish(eventOf('a', 'queued'));
    await bus.inject(ref('a'), 'poison');
    await bus.publisher.publish(eventOf('a', 'in_progress'));
    await bus.inject(ref('a'), JSON.stringify(eventOf('b', 'completed')));
    const skipped: Skipped['reason'][] = [];
    const source = bus.source({ onSkipped: ({ reason }) => skipped.push(reason) });
    const [one, two] = [watching(source(ref('a'))), watching(source(ref('a')))];
    await heard(one, 'queued', 'in_progress');
    await heard(two, 'queued', 'in_progress');
    await bus.settle();
    expect(skipped).toEqual(['garbled', 'misplaced']);
  });

  it('believes only what is verified, also in the last place', async () => {
    await bus.publisher.publish(eventOf('a', 'queued'));
    await bus.inject(ref('a'), JSON.stringify({ ...eventOf('a', 'completed'), by: 'somebody' }));
    const reasons: unknown[] = [];
    const verify = ({ by }: { readonly by?: unknown }) => by === undefined;
    const viewer = watching(bus.source({ verify, onSkipped: ({ reason }) => reasons.push(reason) })(ref('a')));
    await heard(viewer, 'queued');
    await bus.settle();
    expect(reasons).toEqual(['refused']);
  });

  it('goes past a message as long as the server takes, and JSON as deep', async () => {
    const viewer = watching(bus.source()(ref('a')));
    await bus.inject(ref('a'), new Uint8Array(1_040_000).fill(0x5b));
    await bus.inject(ref('a'), '['.repeat(400_000));
    const late = watching(bus.source()(ref('a')));
    await bus.publisher.publish(eventOf('a', 'completed'));
    await heard(viewer, 'completed');
    await heard(late, 'completed');
  });

  it('does not hear what the stream refused', async () => {
    await bus.publisher.publish(eventOf('a', 'queued'));
    const viewer = watching(bus.source()(ref('a')));
    await heard(viewer, 'queued');
    await bus.settle();
    const forged = JSON.stringify(eventOf('a', 'completed'));
    const refused = bus.js.publish(bus.addressed(ref('a')), forged, { expect: { lastSubjectSequence: 77 } });
    await expect(refused).rejects.toThrow(/wrong last sequence/);
    await bus.publisher.publish(eventOf('a', 'in_progress'));
    await heard(viewer, 'queued', 'in_progress');
  });

  it('brings the news of each of 1,000 tasks to that task alone, whatever its id', async () => {
    const codes = [...strangeIds, '$JS.API.>', '  ', 'ö', '=2A'];
    const ids = [...codes, ...Array.from({ length: 1_000 - codes.length }, (_, i) => `task_${i}`)];
    const source = bus.source();
    const all = ids.map((id) => watching(source(ref(id))));
    await bus.settle();
    expect(await bus.consumers()).toBe(1_000);
    await Promise.all(
      ids.map(async (id, i) => {
        await bus.publisher.publish(eventOf(id, 'in_progress', { providerStatus: `${i}` }));
        await bus.publisher.publish(eventOf(id, 'completed', { providerStatus: `${i}` }));
      }),
    );
    await vi.waitFor(() => expect(all.filter(({ end }) => end !== 'complete').length).toBe(0), { timeout: 15_000 });
    const told = all.map(({ heard }) => heard.map(({ providerStatus, task }) => [providerStatus, task.id]));
    expect(told).toEqual(ids.map((id, i) => Array(2).fill([`${i}`, id])));
  });

  it('leaves no consumer behind, whenever it is left', async () => {
    const { source } = counted();
    for (let turn = 0; turn < 40; turn++) {
      const viewer = new Viewer(source(ref(`task_${turn}`)));
      await new Promise((resolve) => setTimeout(resolve, turn % 8));
      viewer.leave();
    }
    await bus.settle();
    await vi.waitFor(async () => expect(await bus.consumers()).toBe(0));
  });

  it('reads and writes subjects of up to 3,500 bytes, in a stream with a long name', async () => {
    const name = 'S'.repeat(250);
    const id = '>'.repeat(512);
    const prefix = 'x'.repeat(3_500 - '.test.'.length - 3 * id.length);
    await bus.jsm.streams.add({ name, subjects: [`${prefix}.>`] });
    try {
      for (const status of ['queued', 'in_progress'] as const)
        await natsPublisher(bus.js, { subject: prefix }).publish(eventOf(id, status));
      const viewer = watching(natsSource(bus.js, { subject: prefix })(ref(id)));
      await heard(viewer, 'in_progress');
      await bus.settle();
      await natsPublisher(bus.js, { subject: prefix }).publish(eventOf(id, 'completed'));
      await heard(viewer, 'in_progress', 'completed');
      const long = watching(natsSource(bus.js, { subject: `${prefix}x` })(ref(id)));
      expect(long.error).toMatchObject({ code: 'INVALID_ARGUMENT', retryable: false, task: ref(id) });
    } finally {
      await bus.jsm.streams.delete(name);
    }
  });

  it('says that no stream takes the subject, and goes on once one does', async () => {
    // It waits for a second after the first try: nats-server 2.9.10 crashes when a stream is read while it is made.
    const without = (giveUpAfterMs: number) =>
      natsSource(bus.js, { subject: 'audio.events', retry: { giveUpAfterMs, initialMs: 1_000 }, random: () => 0.999 });
    const lost = watching(without(100)(ref('a')));
    await vi.waitFor(() => expect(lost.error).toBeDefined());
    expect(lost.error).toMatchObject({ code: 'UNAVAILABLE', retryable: true, task: ref('a') });
    expect((lost.error as Error).message).toContain('no stream takes the subject audio.events.test.a');
    const patient = watching(without(10_000)(ref('a')));
    await bus.settle();
    await bus.jsm.streams.add({ name: 'AUDIO', subjects: ['audio.events.>'] });
    await natsPublisher(bus.js, { subject: 'audio.events' }).publish(eventOf('a', 'completed'));
    await heard(patient, 'completed');
    await bus.jsm.streams.delete('AUDIO');
  });

  it('says that nothing was heard of a task', async () => {
    const viewer = watching(bus.source({ firstNewsMs: 200 })(ref('a')));
    await vi.waitFor(() => expect(viewer.error).toMatchObject({ code: 'STALLED', retryable: true, task: ref('a') }));
  });
});
