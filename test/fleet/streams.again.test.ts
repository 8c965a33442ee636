import { describe, expect, it } from 'vitest';
import { checkFleetSettings } from '../../src/fleet/fleet-settings.js';
import { Layout } from '../../src/fleet/layout.js';
import { ownerOf, planOf } from '../../src/fleet/streams/plan.js';
import { differences, settle } from '../../src/fleet/streams/settle.js';
import { StreamsServer } from './streams-server.js';

const layout = new Layout('video');
const settings = checkFleetSettings({ maxLive: 5 });
const again = { isFirst: false };

async function settledServer(): Promise<StreamsServer> {
  const server = new StreamsServer();
  await settle(server.manager, layout, settings, ['cometapi']);
  return server;
}

describe('a worker that settles again', () => {
  it('is not refused for work that came meanwhile, as one that starts is', async () => {
    const server = await settledServer();
    server.work.set('cometapi', 6);
    const found = [
      { of: 'consumer cometapi', setting: 'waiting tasks', found: 6, needed: 'maxLive: at most 5' },
    ] as const;
    expect(await settle(server.manager, layout, settings, ['cometapi'], again)).toHaveLength(1);
    for (const options of [undefined, {}, { isFirst: true }]) {
      await expect(settle(server.manager, layout, settings, ['cometapi'], options)).rejects.toMatchObject({
        code: 'FLEET_CONFIG',
      });
    }
    expect(await differences(server.manager, layout, settings, ['cometapi'])).toEqual(found);
    server.work.set('cometapi', 5);
    expect(await settle(server.manager, layout, settings, ['cometapi'])).toHaveLength(1);
  });

  it('makes anew what went away, whatever is waiting there', async () => {
    const server = await settledServer();
    server.work.set('cometapi', 6);
    server.consumers.clear();
    expect(await settle(server.manager, layout, settings, ['cometapi'], again)).toHaveLength(1);
    expect(server.changes.filter((change) => change === 'add cometapi')).toHaveLength(2);
  });

  it('is refused for what differs all the same', async () => {
    const server = await settledServer();
    server.consumers.set('cometapi', { ...server.consumers.get('cometapi'), max_deliver: 3 });
    await expect(settle(server.manager, layout, settings, ['cometapi'], again)).rejects.toMatchObject({
      code: 'FLEET_CONFIG',
      message: expect.stringContaining('max_deliver is 3'),
    });
  });
});

describe('a plan', () => {
  it('has times that are whole numbers of nanoseconds', () => {
    const odd = checkFleetSettings({ requestTimeoutMs: 0.1234567, keepEventsMs: 1_000.00000049 });
    const { events, consumers } = planOf(layout, odd, ['cometapi']);
    expect(events.max_age).toBe(1_000_000_000);
    expect(consumers[0]?.config.ack_wait).toBe(5_000_123_457);
  });

  it.each([1, 16] as const)('names consumers so that it is known whose they are: %i shards', (shards) => {
    const { consumers } = planOf(layout, checkFleetSettings({ shards }), ['a', 'a-0', '0', 'b'.repeat(64)]);
    expect(consumers).toHaveLength(4 * shards);
    for (const { consumer, provider, shard } of consumers) expect(ownerOf(consumer)).toEqual({ provider, shard });
  });

  it.each(['', 'A', 'a_', 'a_g', 'a_10', 'a_0_1', 'a_*', '_0', 'b'.repeat(65), 'ä'])(
    'knows that a consumer %j is a stranger',
    (name) => expect(ownerOf(name)).toBeUndefined(),
  );
});
