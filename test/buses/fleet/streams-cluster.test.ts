import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { differences, settle } from '../../../src/fleet/streams/settle.js';
import { upgrade } from '../../../src/fleet/streams/upgrade.js';
import { Broker, freePort } from '../brokers/broker.js';
import { natsServer } from '../brokers/nats.js';
import { openFleet, rejection, settingsOf } from './streams-world.js';

const patient = { timeout: 60_000 };

describe.skipIf(!inject('brokers').includes('nats-server'))('the streams of a fleet on a cluster', () => {
  let brokers: readonly Broker[] = [];
  beforeAll(async () => {
    const ports = [await freePort(), await freePort(), await freePort()];
    const routes = ports.map((port) => `"nats://127.0.0.1:${port}"`).join(', ');
    brokers = await Promise.all(
      ports.map((port, i) =>
        Broker.start(
          natsServer(
            () => `server_name: server-${i}\ncluster { name: east, listen: "127.0.0.1:${port}", routes: [${routes}] }`,
          ),
        ),
      ),
    );
    const [{ port }] = brokers as [Broker];
    await vi.waitFor(async () => {
      const connection = await connect({ servers: `127.0.0.1:${port}` });
      try {
        const { streams } = await jetstreamManager(connection, { timeout: 2_000 });
        await streams.add({ name: 'ready', subjects: ['ready'], num_replicas: 3 });
      } finally {
        await connection.close();
      }
    }, patient);
  });
  afterAll(() => Promise.all(brokers.map((broker) => broker.close())));

  it('are made on three at once, by all that start together', { timeout: 120_000 }, async () => {
    const [broker] = brokers as [Broker];
    const fleet = await openFleet(broker);
    const settings = settingsOf({ requestTimeoutMs: 1_000, shards: 16, replicas: 3 });
    const managers = await Promise.all(Array.from({ length: 5 }, () => fleet.another()));
    const found = await Promise.all(managers.map((manager) => settle(manager, fleet.layout, settings, ['cometapi'])));
    for (const consumers of found) expect(consumers.length).toBe(16);
    expect(await differences(fleet.manager, fleet.layout, settings, ['cometapi'])).toEqual([]);
    await fleet.close();
  });

  it.each([1, 2, 3])(
    'are those of one alone, where some start together that do not agree (%d)',
    { timeout: 60_000 },
    async () => {
      const [broker] = brokers as [Broker];
      const fleet = await openFleet(broker);
      const timeouts = [1_000, 2_000, 3_000, 4_000, 5_000];
      const managers = await Promise.all(timeouts.map(() => fleet.another()));
      const errors = await Promise.all(
        managers.map((manager, i) =>
          rejection(
            settle(manager, fleet.layout, settingsOf({ requestTimeoutMs: timeouts[i] as number, replicas: 3 }), [
              'ark',
            ]),
          ),
        ),
      );
      const { description } = (await fleet.manager.streams.info(fleet.layout.pollStream)).config;
      const { requestTimeoutMs } = JSON.parse(String(description));
      expect(errors.map((error) => (error === undefined ? 'settled' : Object(error).code))).toEqual(
        timeouts.map((timeout) => (timeout === requestTimeoutMs ? 'settled' : 'FLEET_CONFIG')),
      );
      const settings = settingsOf({ requestTimeoutMs, replicas: 3 });
      expect(await differences(fleet.manager, fleet.layout, settings, ['ark'])).toEqual([]);
      await fleet.close();
    },
  );

  it('are on one server, on three after an upgrade, and stay when one is gone', { timeout: 120_000 }, async () => {
    const [broker, , last] = brokers as [Broker, Broker, Broker];
    const fleet = await openFleet(broker);
    const { manager, layout } = fleet;
    const three = settingsOf({ replicas: 3 });
    await settle(manager, layout, settingsOf(), ['cometapi']);
    await fleet.submit(['a', 'b']);
    expect(await rejection(settle(manager, layout, three, ['cometapi']))).toMatchObject({
      code: 'FLEET_CONFIG',
      message: expect.stringContaining('num_replicas is 1, this worker needs 3'),
    });
    expect((await upgrade(manager, layout, three, ['cometapi'])).map(({ setting }) => setting)).toEqual([
      'replicas',
      'num_replicas',
      'num_replicas',
    ]);
    await settle(manager, layout, three, ['cometapi']);
    await vi.waitFor(async () => {
      const { cluster } = await manager.consumers.info(layout.pollStream, 'cometapi');
      expect(cluster?.replicas?.filter(({ current }) => current).length).toBe(2);
    }, patient);
    await last.kill();
    await vi.waitFor(async () => {
      expect(await differences(manager, layout, three, ['cometapi'])).toEqual([]);
      expect((await fleet.pull('cometapi')).map(({ id }) => id).sort()).toEqual(['a', 'b']);
    }, patient);
    await fleet.close();
  });
});
