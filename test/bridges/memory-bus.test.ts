import { from, lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type CloudEvent,
  type MemoryBusOptions,
  memoryBus,
  memoryBusDefaults,
  publishTo,
  type Skipped,
  toCloudEvent,
} from '../../src/bridges/index.js';
import { createClient, type RushesError, type Snapshot, type TaskRef } from '../../src/index.js';
import { bridgeConformance, createClock, snapshotOf } from '../../src/testing/index.js';
import { Viewer } from '../watch/viewer.js';

const ref = (id: string): TaskRef => ({ provider: 'cometapi', id });
const task = ref('task_1');
const event = (status: Snapshot['status'], of = task, progress?: number) =>
  toCloudEvent(snapshotOf(status, { task: of, ...(progress !== undefined && { progress }) } as Partial<Snapshot>));
const told = ({ heard }: Viewer) => heard.map(({ status }) => status).join(' ');

/** Anybody in the process may hand the bus anything. */
const anything = (body: unknown) => body as CloudEvent;

describe('a bus in memory', () => {
  const open = () => {
    const bus = memoryBus();
    const bodies: (string | Uint8Array)[] = [];
    bus.events.subscribe((body) => bodies.push(body instanceof Uint8Array ? body : JSON.stringify(body)));
    return {
      publisher: bus,
      source: bus.source,
      events: async () => bodies,
      inject: (_: TaskRef, body: Uint8Array) => Promise.resolve(bus.publish(anything(body))).then(() => undefined),
      settle: async () => undefined,
    };
  };
  for (const { name, run } of bridgeConformance({ open, supports: { late: true, oneEnd: true } })) it(name, run);

  it('carries the news of one client to another', async () => {
    const bus = memoryBus();
    const viewer = new Viewer(createClient(bus.source).watch(task));
    const said = (['queued', 'in_progress', 'completed'] as const).map((status) => snapshotOf(status, { task }));
    await lastValueFrom(from(said).pipe(publishTo(bus)));
    expect(told(viewer)).toBe('queued in_progress completed');
    expect(viewer.end).toBe('complete');
  });

  it('tells who comes late the latest at once, the end too', async () => {
    const bus = memoryBus();
    await bus.publish(event('queued'));
    await bus.publish(event('in_progress'));
    expect(told(new Viewer(bus.source(task)))).toBe('in_progress');
    await bus.publish(event('failed'));
    const late = new Viewer(bus.source(task));
    expect([told(late), late.end]).toEqual(['failed', 'complete']);
  });

  it('looks for the latest at the subscription, not before', async () => {
    const bus = memoryBus();
    const snapshots = bus.source(task);
    await bus.publish(event('queued'));
    expect(told(new Viewer(snapshots))).toBe('queued');
  });

  it('tells all of an event before it tells of another that a listener publishes', async () => {
    const bus = memoryBus();
    const heard: string[] = [];
    bus.events.subscribe(({ type }) => {
      if (type === 'rushes.task.queued') void bus.publish(event('completed'));
    });
    bus.events.subscribe(({ type }) => heard.push(type));
    const viewer = new Viewer(bus.source(task));
    await bus.publish(event('queued'));
    expect(heard).toEqual(['rushes.task.queued', 'rushes.task.completed']);
    expect(told(viewer)).toBe('queued completed');
  });

  it('misses nothing that is published while the latest is told', async () => {
    const bus = memoryBus();
    await bus.publish(event('queued'));
    const viewer = new Viewer(bus.source(task), ({ status }) => {
      if (status === 'queued') void bus.publish(event('completed'));
    });
    expect([told(viewer), viewer.end]).toEqual(['queued completed', 'complete']);
  });

  it('keeps the latest of so many tasks: ended ones go first, then the oldest', async () => {
    const bus = memoryBus({ maxTasks: 3, firstNewsMs: 1, scheduler: createClock() });
    const known = () =>
      ['a', 'b', 'c', 'd', 'e', 'f'].filter((id) => new Viewer(bus.source(ref(id))).heard.length > 0).join('');
    const said: [string, Snapshot['status']][] = [
      ['a', 'queued'],
      ['b', 'completed'],
      ['c', 'queued'],
      ['a', 'in_progress'],
    ];
    for (const [id, status] of said) await bus.publish(event(status, ref(id)));
    expect(known()).toBe('abc');
    await bus.publish(event('queued', ref('d')));
    expect(known()).toBe('acd');
    await bus.publish(event('queued', ref('e')));
    expect(known(), 'a has newer news than c').toBe('ade');
    await bus.publish(event('completed', ref('f')));
    expect(known(), 'an end is kept, whatever it takes').toBe('def');
  });

  it('makes no room for news of a task that it knows', async () => {
    const bus = memoryBus({ maxTasks: 2 });
    for (const id of ['a', 'b', 'a', 'b']) await bus.publish(event('queued', ref(id)));
    expect(['a', 'b'].map((id) => told(new Viewer(bus.source(ref(id)))))).toEqual(['queued', 'queued']);
  });

  it('is lost when nothing is heard of a task for long, as on any bus', async () => {
    const clock = createClock();
    const viewer = new Viewer(memoryBus({ scheduler: clock }).source(task));
    await clock.advance(memoryBusDefaults.firstNewsMs - 1);
    expect(viewer.end).toBeUndefined();
    await clock.advance(1);
    expect(viewer.error).toMatchObject({ code: 'STALLED', task, retryable: true });
  });

  it('skips what is no news, tells of it once, and keeps it from who comes late', async () => {
    const skipped: Skipped[] = [];
    const bus = memoryBus({ verify: ({ id }) => id !== event('completed').id, onSkipped: (one) => skipped.push(one) });
    const viewers = [new Viewer(bus.source(task)), new Viewer(bus.source(task))];
    const bodies = [anything('not JSON'), event('completed'), event('in_progress')];
    for (const body of bodies) await bus.publish(body);
    expect(viewers.map(told)).toEqual(['in_progress', 'in_progress']);
    expect(told(new Viewer(bus.source(task)))).toBe('in_progress');
    expect(skipped.map(({ reason }) => reason)).toEqual(['garbled', 'refused']);
  });

  it.each<[MemoryBusOptions, string]>([
    [{ maxTasks: 0 }, 'memoryBus.maxTasks: expected a whole number, 1 or more, or Infinity, received 0'],
    [{ maxTasks: 1.5 }, 'memoryBus.maxTasks: expected a whole number, 1 or more, or Infinity, received 1.5'],
    [{ firstNewsMs: -1 }, 'memoryBus.firstNewsMs: expected milliseconds'],
    [{ maxTask: 1 } as MemoryBusOptions, 'memoryBus: expected no other options than'],
  ])('refuses %o', (options, message) => {
    expect(() => memoryBus(options)).toThrow(
      expect.objectContaining<Partial<RushesError>>({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(message),
      }),
    );
  });
});
