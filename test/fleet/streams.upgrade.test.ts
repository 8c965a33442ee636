import type { JetStreamManager } from '@nats-io/jetstream';
import { describe, expect, it } from 'vitest';
import { checkFleetSettings, type FleetSettings } from '../../src/fleet/fleet-settings.js';
import { Layout } from '../../src/fleet/layout.js';
import { differences, settle } from '../../src/fleet/streams/settle.js';
import { upgrade } from '../../src/fleet/streams/upgrade.js';
import { StreamsServer } from './streams-server.js';

const layout = new Layout('video');
const settingsOf = (settings: Partial<FleetSettings> = {}) => checkFleetSettings(settings);
const settled = (manager: JetStreamManager, settings = settingsOf(), providers = ['cometapi']) =>
  settle(manager, layout, settings, providers);

describe('what a fleet has on a server', () => {
  it('is not changed by an upgrade while workers run, who are asked for only where there is something to change', async () => {
    const server = new StreamsServer();
    await settled(server.manager);
    let asked = 0;
    const upgraded = (settings: FleetSettings, workers: number) =>
      upgrade(server.manager, layout, settings, ['cometapi'], async () => {
        asked++;
        return workers;
      });
    expect(await upgraded(settingsOf(), 3)).toEqual([]);
    await expect(upgraded(settingsOf({ replicas: 3 }), 3)).rejects.toMatchObject({
      message: expect.stringContaining('server: it is no cluster, and 3 replicas need one of 3 servers'),
    });
    expect(asked).toBe(0);
    const small = settingsOf({ maxLive: 5 });
    await expect(upgraded(small, 3)).rejects.toMatchObject({
      code: 'FLEET_CONFIG',
      retryable: false,
      message:
        'fleet: maxLive is 100000, these options need 5; ' +
        'consumer cometapi: max_ack_pending is 100000, these options need 5; ' +
        '3 workers still run, which would be refused then: stop all workers, upgrade, and start them with the same options',
    });
    await expect(upgraded(small, 1)).rejects.toMatchObject({ advice: expect.stringMatching(/^1 worker still runs, /) });
    expect(server.changes).toHaveLength(3);
    expect(await upgraded(small, 0)).toHaveLength(2);
    expect(server.changes.slice(3)).toEqual(['update video-polls', 'update cometapi']);
  });

  it('is compared for whoever has consumers there, whose tasks the one who asks does not watch', async () => {
    const server = new StreamsServer();
    await settled(server.manager, settingsOf(), ['cometapi', 'ark']);
    server.consumers.set('ark', { ...server.consumers.get('ark'), ack_wait: 1_000_000_000 });
    const altered = { of: 'consumer ark', setting: 'ack_wait', found: 1_000, needed: 35_000 };
    for (const providers of [[], ['cometapi'], ['ark']])
      expect(await differences(server.manager, layout, settingsOf(), providers)).toEqual([altered]);
    server.consumers.set('Stranger', { ...server.consumers.get('ark') });
    expect(await differences(server.manager, layout, settingsOf(), [])).toEqual([
      altered,
      { of: 'consumer Stranger', setting: 'presence', found: 'present', needed: 'absent' },
    ]);
  });
});
