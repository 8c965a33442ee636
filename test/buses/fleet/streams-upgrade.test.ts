import type { JetStreamManager } from '@nats-io/jetstream';
import { describe, expect, inject, it, vi } from 'vitest';
import type { FleetSettings } from '../../../src/fleet/fleet-settings.js';
import { differences, settle } from '../../../src/fleet/streams/settle.js';
import { upgrade } from '../../../src/fleet/streams/upgrade.js';
import { fleetOfEachTest, openFleet, rejection, settingsOf } from './streams-world.js';

const patient = { timeout: 20_000 };
const changing: readonly unknown[] = ['add', 'update', 'delete'];

/** A manager that breaks off instead of its n-th change of anything. */
function breakingOff(manager: JetStreamManager, at: number): JetStreamManager {
  let changes = 0;
  const guarded = <T extends object>(api: T): T =>
    new Proxy(api, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        if (!changing.includes(name)) return method.bind(target);
        return (...args: unknown[]) =>
          ++changes === at ? Promise.reject(new Error('broken off')) : method.apply(target, args);
      },
    });
  return { ...manager, streams: guarded(manager.streams), consumers: guarded(manager.consumers) };
}

describe.skipIf(!inject('brokers').includes('nats-server'))('an upgrade of a fleet', () => {
  const { broker, fleet } = fleetOfEachTest();

  const upgraded = (settings: FleetSettings, providers: readonly string[] = []) =>
    upgrade(fleet().manager, fleet().layout, settings, providers);
  const settled = (settings: FleetSettings, providers = ['cometapi']) =>
    settle(fleet().manager, fleet().layout, settings, providers);
  const ids = Array.from({ length: 60 }, (_, i) => `task_${i}`);
  const taken = async (names: readonly string[]) => (await Promise.all(names.map((name) => fleet().pull(name)))).flat();

  it('makes all where there is nothing, and has nothing to do then', async () => {
    expect((await upgraded(settingsOf(), ['cometapi'])).map(({ setting }) => setting)).toEqual(
      Array(3).fill('presence'),
    );
    const before = await fleet().configs();
    expect(await upgraded(settingsOf(), ['cometapi'])).toEqual([]);
    expect(await fleet().configs()).toEqual(before);
    await settled(settingsOf());
  });

  it.each<[Partial<FleetSettings>, readonly [of: string, setting: string, found: unknown, needed: unknown][]]>([
    [
      { requestTimeoutMs: 10_000 },
      [
        ['fleet', 'requestTimeoutMs', 30_000, 10_000],
        ['consumer ark', 'ack_wait', 35_000, 15_000],
        ['consumer cometapi', 'ack_wait', 35_000, 15_000],
      ],
    ],
    [
      { maxLive: 5 },
      [
        ['fleet', 'maxLive', 100_000, 5],
        ['consumer ark', 'max_ack_pending', 100_000, 5],
        ['consumer cometapi', 'max_ack_pending', 100_000, 5],
      ],
    ],
    [
      { keepEventsMs: 60_000 },
      [
        ['fleet', 'keepEventsMs', 604_800_000, 60_000],
        ['events', 'max_age', 604_800_000, 60_000],
      ],
    ],
  ])('changes %j, also for providers that it was not told of', async (change, expected) => {
    await settled(settingsOf(), ['cometapi', 'ark']);
    const created = (await fleet().configs()).consumers.map((consumer) => consumer.created);
    const changed = await upgraded(settingsOf(change));
    const named = (of: string) => (of === 'events' ? `stream ${fleet().layout.eventStream}` : of);
    expect(changed).toEqual(
      expected.map(([of, setting, found, needed]) => ({ of: named(of), setting, found, needed })),
    );
    await settled(settingsOf(change), ['cometapi', 'ark']);
    expect(await rejection(settled(settingsOf()))).toMatchObject({ code: 'FLEET_CONFIG' });
    expect((await fleet().configs()).consumers.map((consumer) => consumer.created)).toEqual(created);
    await upgraded(settingsOf());
    await settled(settingsOf(), ['cometapi', 'ark']);
  });

  it('does not take one server for a cluster', async () => {
    await settled(settingsOf());
    const before = await fleet().configs();
    expect(await rejection(upgraded(settingsOf({ replicas: 3 })))).toMatchObject({
      code: 'FLEET_CONFIG',
      message: expect.stringContaining('server: it is no cluster, and 3 replicas need one of 3 servers; '),
    });
    expect(await fleet().configs()).toEqual(before);
  });

  it('makes one consumer sixteen and sixteen one, and loses nothing that waits or was put off', async () => {
    await settled(settingsOf(), ['cometapi', 'ark']);
    await fleet().submit(ids);
    await fleet().submit(['elsewhere'], 'ark');
    for (const { id, nak } of await fleet().pull('cometapi', 40)) if (id !== 'task_7') nak(3_600_000);
    await fleet().flush();
    await upgraded(settingsOf({ shards: 16 }));
    expect(await rejection(settled(settingsOf()))).toMatchObject({ code: 'FLEET_CONFIG' });

    const parts = await settled(settingsOf({ shards: 16 }));
    expect((await fleet().configs()).consumers.length).toBe(32);
    const inParts = await taken(parts.map(({ consumer }) => consumer));
    expect(inParts.map(({ id }) => id).sort()).toEqual([...ids].sort());
    for (const [i, { nak, ack }] of inParts.entries()) i < 50 ? nak(3_600_000) : ack();
    await fleet().flush();
    const { pollStream } = fleet().layout;
    await vi.waitFor(
      async () => expect((await fleet().manager.streams.info(pollStream)).state.messages).toBe(51),
      patient,
    );

    expect((await upgraded(settingsOf(), ['cometapi'])).length).toBe(1 + 2 + 32);
    await settled(settingsOf(), ['cometapi', 'ark']);
    const left = inParts.slice(0, 50).map(({ id }) => id);
    expect((await fleet().pull('cometapi')).map(({ id }) => id).sort()).toEqual(left.sort());
    expect((await fleet().pull('ark')).map(({ id }) => id)).toEqual(['elsewhere']);
  });

  it('does not make one consumer of sixteen that had more work than it may hand out', async () => {
    await upgraded(settingsOf({ shards: 16, maxLive: 40 }), ['cometapi']);
    await fleet().submit(ids);
    const before = await fleet().configs();
    expect(await rejection(upgraded(settingsOf({ maxLive: 40 })))).toMatchObject({
      code: 'FLEET_CONFIG',
      message: expect.stringContaining(
        'consumer cometapi: waiting tasks is 60, these options need maxLive: at most 40',
      ),
    });
    expect(await fleet().configs()).toEqual(before);
  });

  const small = settingsOf({ requestTimeoutMs: 20_000, keepEventsMs: 60_000 });
  const large = settingsOf({ shards: 16, maxLive: 500, requestTimeoutMs: 10_000, keepEventsMs: 600_000 });
  it.each([
    ['1 to 16 shards', small, large, 19],
    ['16 shards to 1', large, small, 19],
    ['nothing to 16 shards', undefined, large, 18],
  ] as const)('that is broken off anywhere is completed by the next: %s', async (_, from, to, places) => {
    let broken = 0;
    for (let at = 1; ; at++) {
      const place = await openFleet(broker());
      const { manager, layout } = place;
      if (from) {
        await settle(manager, layout, from, ['cometapi']);
        await place.submit(['a', 'b', 'c']);
        const consumers = at === 3 ? await settle(manager, layout, from, ['cometapi']) : [];
        const waiting = await Promise.all(consumers.map(({ consumer }) => place.pull(consumer)));
        for (const { nak } of waiting.flat()) nak(3_600_000);
        await place.flush();
      }
      const error = await rejection(upgrade(breakingOff(manager, at), layout, to, ['cometapi']));
      if (error === undefined) {
        await place.close();
        break;
      }
      broken++;
      expect(error).toMatchObject({ message: 'broken off' });
      // Whoever wants what was before is refused, and cannot bring it back.
      if (from && at > 1) {
        const between = await place.configs();
        expect(await rejection(settle(manager, layout, from, ['cometapi']))).toMatchObject({ code: 'FLEET_CONFIG' });
        expect(await place.configs()).toEqual(between);
      }
      await upgrade(manager, layout, to, ['cometapi']);
      expect(await differences(manager, layout, to, ['cometapi'])).toEqual([]);
      const consumers = await settle(manager, layout, to, ['cometapi']);
      expect((await place.configs()).consumers.length).toBe(to.shards);
      if (from) {
        let pending = 0;
        for (const { consumer } of consumers)
          pending += (await manager.consumers.info(layout.pollStream, consumer)).num_pending;
        expect(pending).toBe(3);
      }
      await manager.streams.delete(layout.pollStream);
      await manager.streams.delete(layout.eventStream);
      await place.close();
    }
    expect(broken).toBe(places);
  });
});
