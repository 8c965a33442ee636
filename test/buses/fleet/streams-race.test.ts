import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, it, vi } from 'vitest';
import { differences, settle } from '../../../src/fleet/streams/settle.js';
import { upgrade } from '../../../src/fleet/streams/upgrade.js';
import { fleetOfEachTest, rejection, settingsOf } from './streams-world.js';

const patient = { timeout: 20_000 };

describe.skipIf(!inject('brokers').includes('nats-server'))('workers that start together', () => {
  const { broker, fleet } = fleetOfEachTest();

  const crew = () => Promise.all(Array.from({ length: 10 }, () => fleet().another()));

  it.each([1, 16] as const)(
    'all find what they need on an empty server where they agree, with %d shards',
    async (shards) => {
      const settings = settingsOf({ shards });
      const found = await Promise.all(
        (await crew()).map((manager) => settle(manager, fleet().layout, settings, ['cometapi', 'ark'])),
      );
      for (const consumers of found) expect(consumers).toEqual(found[0]);
      expect(await differences(fleet().manager, fleet().layout, settings, ['cometapi', 'ark'])).toEqual([]);
      expect((await fleet().configs()).consumers.length).toBe(2 * shards);
    },
  );

  it.each([1, 2, 3, 4, 5])('are refused but for those that agree with the one who was first (%d)', async () => {
    const timeouts = [1_000, 2_000, 3_000, 1_000, 2_000, 3_000, 1_000, 2_000, 3_000, 1_000];
    const managers = await crew();
    const errors = await Promise.all(
      managers.map((manager, i) =>
        rejection(
          settle(manager, fleet().layout, settingsOf({ requestTimeoutMs: timeouts[i] as number }), ['cometapi']),
        ),
      ),
    );
    const { description } = (await fleet().manager.streams.info(fleet().layout.pollStream)).config;
    const { requestTimeoutMs } = JSON.parse(String(description));
    expect(timeouts).toContain(requestTimeoutMs);
    expect(errors.map((error) => (error === undefined ? 'settled' : Object(error).code))).toEqual(
      timeouts.map((timeout) => (timeout === requestTimeoutMs ? 'settled' : 'FLEET_CONFIG')),
    );
    expect(await differences(fleet().manager, fleet().layout, settingsOf({ requestTimeoutMs }), ['cometapi'])).toEqual(
      [],
    );
  });

  it('are refused where more waits than a consumer may hand out, until it may', async () => {
    const { layout, manager } = fleet();
    const small = settingsOf({ maxLive: 3 });
    await settle(manager, layout, small, ['cometapi']);
    await fleet().submit(['a', 'b', 'c']);
    await settle(manager, layout, small, ['cometapi']);
    const [first] = await fleet().pull('cometapi', 1);
    expect(first).toBeDefined();
    await fleet().submit(['d']);
    const listed = 'consumer cometapi: waiting tasks is 4, this worker needs maxLive: at most 3';
    expect(await rejection(settle(manager, layout, small, ['cometapi']))).toMatchObject({
      code: 'FLEET_CONFIG',
      message: expect.stringContaining(listed),
    });
    const before = await fleet().configs();
    const tooSmall = await rejection(upgrade(manager, layout, settingsOf({ maxLive: 2 }), ['cometapi']));
    expect(tooSmall).toMatchObject({ code: 'FLEET_CONFIG', message: expect.stringContaining('waiting tasks is 4') });
    expect(await fleet().configs()).toEqual(before);
    await upgrade(manager, layout, settingsOf({ maxLive: 4 }), ['cometapi']);
    await settle(manager, layout, settingsOf({ maxLive: 4 }), ['cometapi']);
  });

  it('are told what the server says where it makes none', async () => {
    const { layout, manager } = fleet();
    const refused = await rejection(settle(manager, layout, settingsOf({ replicas: 3 }), []));
    expect(refused).toMatchObject({ code: 'FLEET_CONFIG', message: expect.stringContaining('non-clustered mode') });
    await manager.streams.add({ name: `taken-${layout.pollStream}`, subjects: [layout.polls()] });
    expect(await rejection(settle(manager, layout, settingsOf(), []))).toMatchObject({
      code: 'FLEET_CONFIG',
      message: expect.stringContaining(`stream ${layout.pollStream} is absent; the server says: subjects overlap`),
    });
    expect((await fleet().configs()).streams).toEqual([]);
  });

  it('fail as the bus does where it does not answer', async () => {
    const { layout } = fleet();
    await settle(fleet().manager, layout, settingsOf(), ['cometapi']);
    const manager = await fleet().another(1_000);
    broker().signal('SIGSTOP');
    // A busy machine takes its time to stop it.
    const answers = () =>
      fleet()
        .manager.streams.info(layout.pollStream)
        .then(
          () => true,
          () => false,
        );
    const isSilent = () => Promise.race([answers().then((does) => !does), sleep(500, true)]);
    await vi.waitFor(async () => expect(await isSilent()).toBe(true), patient);
    const error = rejection(settle(manager, layout, settingsOf(), ['cometapi']));
    try {
      await expect(error).resolves.toMatchObject({ name: 'TimeoutError' });
    } finally {
      broker().signal('SIGCONT');
    }
    await vi.waitFor(() => settle(fleet().manager, layout, settingsOf(), ['cometapi']), patient);
  });
});
