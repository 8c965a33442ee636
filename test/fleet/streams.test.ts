import type { JetStreamManager } from '@nats-io/jetstream';
import { describe, expect, it } from 'vitest';
import { checkFleetSettings, type FleetSettings, fleetDefaults } from '../../src/fleet/fleet-settings.js';
import { ackWaitMs } from '../../src/fleet/hold.js';
import { Layout } from '../../src/fleet/layout.js';
import { differences, settle } from '../../src/fleet/streams/settle.js';
import { upgrade } from '../../src/fleet/streams/upgrade.js';
import { apiError, StreamsServer, timeout } from './streams-server.js';

const layout = new Layout('video');
const settingsOf = (settings: Partial<FleetSettings> = {}) => checkFleetSettings(settings);

const settled = (manager: JetStreamManager, settings = settingsOf(), providers = ['cometapi']) =>
  settle(manager, layout, settings, providers);

describe('the settings of a fleet', () => {
  it('have defaults, and leave other options to others', () => {
    expect(checkFleetSettings({})).toEqual(fleetDefaults);
    const given = { requestTimeoutMs: 0.5, shards: 16, maxLive: 1, keepEventsMs: 100, replicas: 5 } as const;
    expect(checkFleetSettings({ ...given, ...{ name: 'video' } })).toEqual(given);
    expect(checkFleetSettings({ shards: undefined, keepEventsMs: Number.POSITIVE_INFINITY })).toEqual({
      ...fleetDefaults,
      keepEventsMs: Number.POSITIVE_INFINITY,
    });
    expect(Object.isFrozen(fleetDefaults)).toBe(true);
    expect(ackWaitMs(settingsOf({ requestTimeoutMs: 1_000 }))).toBe(6_000);
  });

  it.each<[keyof FleetSettings, readonly unknown[]]>([
    ['requestTimeoutMs', [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e13, '1000', null]],
    ['shards', [0, 2, 15, 17, '16', null]],
    ['maxLive', [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '1', null]],
    ['keepEventsMs', [0, 99, -1, Number.NaN, 1e13, '1000', null]],
    ['replicas', [0, 2, 4, 7, '3', null]],
  ])('refuse a %s that is none', (option, wrong) => {
    for (const value of wrong) {
      expect(() => checkFleetSettings({ [option]: value }), String(value)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(`fleet.${option}: `) }),
      );
    }
  });
});

describe('what a fleet needs on a server', () => {
  it.each(['2.8.4', '1.9.0', '2.8.99-beta.1'])(
    'needs one that is newer than %s, before anything is made',
    async (version) => {
      const server = new StreamsServer(version);
      const said = [
        [settled(server.manager), 'this worker needs'],
        [upgrade(server.manager, layout, settingsOf(), ['cometapi']), 'these options need'],
      ] as const;
      for (const [refused, speaker] of said) {
        const listed = `server: version is ${version}, ${speaker} 2.9.0 or newer`;
        await expect(refused).rejects.toMatchObject({
          code: 'FLEET_CONFIG',
          retryable: false,
          message: expect.stringContaining(listed),
          lines: expect.arrayContaining([listed]),
        });
      }
      expect(server.changes).toEqual([]);
      expect((await differences(server.manager, layout, settingsOf(), []))[0]).toEqual({
        of: 'server',
        setting: 'version',
        found: version,
        needed: '2.9.0 or newer',
      });
    },
  );

  it.each(['2.9.0', '2.10.27', '3.0.0-RC.1', undefined])('is made on version %s', async (version) => {
    const server = new StreamsServer(version);
    expect(await settled(server.manager)).toEqual([{ provider: 'cometapi', shard: '*', consumer: 'cometapi' }]);
    expect(server.changes).toEqual(['add video-polls', 'add video-events', 'add cometapi']);
    await settled(server.manager);
    expect(server.changes.length).toBe(3);
  });

  it('is not made anew where a cluster does not list it in time', async () => {
    const server = new StreamsServer();
    await settled(server.manager);
    server.unlisted.add('cometapi');
    await settled(server.manager);
    expect(server.changes.length).toBe(3);
    await expect(settled(server.manager, settingsOf({ maxLive: 5 }))).rejects.toMatchObject({ code: 'FLEET_CONFIG' });
  });

  it('ignores what a newer server has beside it', async () => {
    const server = new StreamsServer('2.15.1');
    await settled(server.manager);
    for (const name of ['video-polls', 'video-events']) {
      const newer = { ...server.streams.get(name), compression: 'none', metadata: { '_nats.level': '0' }, novel: 7 };
      server.streams.set(name, newer as never);
    }
    const consumer = {
      ...server.consumers.get('cometapi'),
      name: 'cometapi',
      max_waiting: 512,
      metadata: {},
      novel: 7,
    };
    server.consumers.set('cometapi', consumer as never);
    expect(await differences(server.manager, layout, settingsOf(), ['cometapi'])).toEqual([]);
  });

  it('may have a limit that an operator set', async () => {
    const server = new StreamsServer();
    await settled(server.manager);
    const limits = { max_bytes: 1e9, max_msgs: 1e6, deny_delete: true };
    server.streams.set('video-polls', { ...server.streams.get('video-polls'), ...limits });
    expect(await differences(server.manager, layout, settingsOf(), ['cometapi'])).toEqual([]);
  });

  it('is left to another worker that was faster, if they agree', async () => {
    const server = new StreamsServer();
    const other = new StreamsServer();
    await settled(other.manager, settingsOf({ maxLive: 5 }));
    const faster = () => {
      for (const [name, config] of other.streams) server.streams.set(name, config);
      for (const [name, config] of other.consumers) server.consumers.set(name, config);
    };
    server.meanwhile = faster;
    await expect(settled(server.manager)).rejects.toMatchObject({
      code: 'FLEET_CONFIG',
      message: expect.stringContaining('fleet: maxLive is 5, this worker needs 100000; consumer cometapi: '),
    });
    expect(server.changes).toEqual(['add video-polls']);
    expect(server.consumers.get('cometapi')?.max_ack_pending).toBe(5);

    server.streams.clear();
    server.consumers.clear();
    server.meanwhile = (change) => change === 'add cometapi' && faster();
    await settled(server.manager, settingsOf({ maxLive: 5 }));
    expect(server.changes.slice(1)).toEqual(['add video-polls', 'add video-events', 'add cometapi']);
  });

  it('is refused where it went away while it was made', async () => {
    const server = new StreamsServer();
    server.meanwhile = (change) => change === 'add cometapi' && server.streams.delete('video-events');
    await expect(settled(server.manager)).rejects.toMatchObject({
      code: 'FLEET_CONFIG',
      message: expect.stringMatching(/^stream video-events is absent; /),
    });
  });

  it.each([
    ['no leader', apiError(10_008, 'JetStream system temporarily unavailable', 503)],
    ['no answer', timeout()],
  ])('is not refused for %s: the error is that of the bus', async (_, trouble) => {
    for (const change of ['add video-polls', 'add video-events', 'add cometapi']) {
      const server = new StreamsServer();
      server.meanwhile = (next) => {
        if (next === change) throw trouble;
      };
      await expect(settled(server.manager)).rejects.toBe(trouble);
      await expect(upgrade(server.manager, layout, settingsOf(), ['cometapi'])).rejects.toBe(trouble);
      server.meanwhile = () => undefined;
      await settled(server.manager);
    }
  });

  it('is asked for once more where a cluster drops the question, as before it has a leader', async () => {
    const server = new StreamsServer();
    await settled(server.manager);
    server.dropped = 2;
    await settled(server.manager);
    server.dropped = 4;
    await expect(settled(server.manager)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(server.changes.length).toBe(3);
  });

  it('is taken as it is found where the answer to its making got lost', async () => {
    const server = new StreamsServer();
    const other = new StreamsServer();
    await settled(other.manager);
    server.meanwhile = (change) => {
      const name = change.slice('add '.length);
      const stream = other.streams.get(name);
      if (stream) server.streams.set(name, stream);
      else server.consumers.set(name, other.consumers.get(name) ?? {});
      throw timeout();
    };
    await settled(server.manager);
    server.streams.clear();
    server.consumers.clear();
    await expect(settled(server.manager, settingsOf({ maxLive: 5 }))).rejects.toMatchObject({
      code: 'FLEET_CONFIG',
      message: expect.stringMatching(/^fleet: maxLive is 100000, this worker needs 5; start it with/),
    });
  });

  it('is kept on more servers by an upgrade, where they are a cluster', async () => {
    const server = new StreamsServer();
    server.cluster = 'east';
    await settled(server.manager);
    expect(await upgrade(server.manager, layout, settingsOf({ replicas: 3 }), ['cometapi'])).toEqual([
      { of: 'fleet', setting: 'replicas', found: 1, needed: 3 },
      { of: 'stream video-polls', setting: 'num_replicas', found: 1, needed: 3 },
      { of: 'stream video-events', setting: 'num_replicas', found: 1, needed: 3 },
    ]);
    expect(server.changes.slice(3)).toEqual(['update video-polls', 'update video-events']);
  });

  it('is upgraded beside another upgrade that removes the same', async () => {
    const server = new StreamsServer();
    await settled(server.manager, settingsOf({ shards: 16 }));
    server.meanwhile = (change) => change === 'delete cometapi_4' && server.consumers.delete('cometapi_4');
    await upgrade(server.manager, layout, settingsOf(), ['cometapi']);
    expect([...server.consumers.keys()]).toEqual(['cometapi']);
  });

  it('is said to be unfinished by an upgrade whose change a server refuses', async () => {
    const server = new StreamsServer();
    await settled(server.manager);
    server.meanwhile = (change) => {
      if (change === 'update cometapi') throw apiError(10_026, 'maximum consumers limit reached');
    };
    await expect(upgrade(server.manager, layout, settingsOf({ maxLive: 5 }), ['cometapi'])).rejects.toMatchObject({
      code: 'FLEET_CONFIG',
      message:
        'consumer cometapi: max_ack_pending is 100000, these options need 5; ' +
        'the server says: maximum consumers limit reached',
    });
  });

  it('shows no secret of what somebody wrote where the settings stand', async () => {
    const server = new StreamsServer();
    await settled(server.manager);
    const description = 'see https://ops:s3cret@wiki.test/page?token=canary \u001b[2J';
    server.streams.set('video-polls', { ...server.streams.get('video-polls'), description });
    const error = await settled(server.manager).catch((refused: unknown) => refused);
    expect(String(error)).toContain('stream video-polls: description is see https://wiki.test/page');
    expect(String(error)).not.toMatch(/s3cret|canary|\p{Cc}/u);
  });
});
