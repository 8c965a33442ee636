import { nanos } from '@nats-io/transport-node';
import { lastValueFrom } from 'rxjs';
import { describe, expect, inject, it, vi } from 'vitest';
import { Layout } from '../../../src/fleet/layout.js';
import { upgrade } from '../../../src/fleet/streams/upgrade.js';
import { cometapi } from '../../../src/index.js';
import { neverEnding } from '../../../src/testing/index.js';
import { life, patience, scenes, task } from './fleet-scene.js';

describe.skipIf(!inject('brokers').includes('nats-server'))('the status of a fleet', () => {
  const open = scenes();

  it('counts news, and not what workers read the clock off, and tells settings as they are', async () => {
    const { sim, fleetOf, work, js, left, events, manager } = await open();
    const forEver = { keepEventsMs: Number.POSITIVE_INFINITY };
    const fleet = fleetOf(forEver);
    for (let i = 0; i < 3; i++) await work({}, forEver);
    await vi.waitFor(async () => expect((await left()).messages).toBe(0), patience);
    await js.publish('rushes.clocks.52b8b3a2-of-an-older-version');
    await vi.waitFor(async () => expect((await fleet.status()).workers).toHaveLength(3), patience);
    const clocks = async () => (await manager.streams.info('rushes-events')).state.messages;
    await vi.waitFor(async () => expect(await clocks()).toBeGreaterThanOrEqual(4), patience);
    // A worker that has just begun does not know yet whether it is handed work.
    const calm = async () => {
      const status = await fleet.status();
      expect(status.alerts).toEqual([]);
      return status;
    };
    const idle = await vi.waitFor(calm, patience);
    expect(idle).toMatchObject({ events: 0, differences: [] });
    for (const { settings } of idle.workers) expect(settings.keepEventsMs).toBe(Number.POSITIVE_INFINITY);

    const ids = Array.from({ length: 5 }, () => sim.add('cometapi', { timeline: life(500) }));
    for (const id of ids) await fleet.submit(task(id));
    await vi.waitFor(async () => expect((await left()).messages).toBe(0), patience);
    const told = (await events()).length;
    expect(told).toBeGreaterThanOrEqual(ids.length);
    expect((await fleet.status()).events).toBe(told);
  });

  it('says of which provider no worker is left', async () => {
    const { sim, fleetOf, work, baseUrl, left } = await open();
    const [gone, there] = ['gone', 'there'].map((name) => cometapi({ name, apiKey: 'key', baseUrl }));
    const providers = [gone, there].filter((each) => each !== undefined);
    const fleet = fleetOf({ providers });
    await fleet.upgrade();
    await work({}, { providers: providers.slice(1) });
    const ids = Array.from({ length: 2 }, () => sim.add('cometapi', { timeline: neverEnding }));
    for (const { name } of providers) for (const id of ids) await fleet.submit(task(id, name));
    await vi.waitFor(async () => expect((await left('rushes', 'there')).untouched).toBe(0), patience);
    await vi.waitFor(async () => expect((await fleet.status()).workers).toHaveLength(1), patience);
    const stands = {
      live: 4,
      waiting: 2,
      unclaimed: 0,
      alerts: ['no worker answers for gone, and 2 tasks are to be watched'],
    };
    await vi.waitFor(async () => expect(await fleet.status()).toMatchObject(stands), patience);
  });

  it('names what was altered on the server, also to who has no provider', async () => {
    const { fleet, fleetOf, manager } = await open();
    await fleet.upgrade();
    const keyless = fleetOf({ providers: [] });
    expect((await keyless.status()).differences).toEqual([]);
    await manager.consumers.update('rushes-polls', 'cometapi', { ack_wait: nanos(9_000) });
    expect((await keyless.status()).differences).toEqual([
      { of: 'consumer cometapi', setting: 'ack_wait', found: 9_000, needed: 5_500 },
    ]);
  });

  it('names what a worker has otherwise than the fleet agreed on, and tells the maxLive of the fleet', async () => {
    const { fleetOf, work, manager } = await open();
    const { told, fleet } = await work();
    await vi.waitFor(async () => expect((await fleet.status()).workers).toHaveLength(1), patience);
    const [{ settings, worker } = expect.fail()] = (await fleet.status()).workers;
    const others = { keepEventsMs: 3_600_000, maxLive: 500 };
    // As if nobody had asked whether workers run.
    await upgrade(manager, new Layout('rushes'), { ...settings, ...others }, []);
    expect(await fleetOf({ ...others, providers: [] }).status()).toMatchObject({
      maxLive: 500,
      differences: [
        { of: `worker ${worker.slice(0, 8)}`, setting: 'maxLive', found: 100_000, needed: 500 },
        { of: `worker ${worker.slice(0, 8)}`, setting: 'keepEventsMs', found: 604_800_000, needed: 3_600_000 },
      ],
    });
    const asked = await fleet.status();
    expect(asked.maxLive).toBe(500);
    expect(asked.differences).toContainEqual({ of: 'fleet', setting: 'maxLive', found: 500, needed: 100_000 });
    expect(told.end).toBeUndefined();
  });

  it('is changed by no upgrade while workers run, who go on', async () => {
    const { fleet, fleetOf, work } = await open();
    const workers = [await work(), await work()];
    await vi.waitFor(async () => expect((await fleet.status()).workers).toHaveLength(2), patience);
    const larger = fleetOf({ maxLive: 200_000, providers: [] });
    const refused = (run: string) => ({ code: 'FLEET_CONFIG', message: expect.stringContaining(`; ${run}, which`) });
    await expect(larger.upgrade()).rejects.toMatchObject(refused('2 workers still run'));
    expect(await fleet.upgrade()).toEqual([]);
    expect((await fleet.status()).differences).toEqual([]);
    expect(workers.map(({ told }) => told.end)).toEqual([undefined, undefined]);
    for (const { stop } of workers) stop();
    await vi.waitFor(async () => expect(await larger.upgrade()).toHaveLength(2), patience);
    expect(await larger.status()).toMatchObject({ maxLive: 200_000, differences: [], workers: [] });
  });

  it('is not broken by answers that are none', async () => {
    const { fleet, work, left, dial } = await open();
    await work();
    await vi.waitFor(async () => expect((await left()).messages).toBe(0), patience);
    const other = await dial();
    const answers = ['', 'null', '{', '{"worker":"w","figures":null}', '\u0000', '[[]]'];
    other.subscribe('rushes.workers', {
      callback: (_, call) => {
        for (const answer of answers) call.respond(answer);
      },
    });
    await other.flush();
    await vi.waitFor(async () => expect((await fleet.status()).workers).toHaveLength(1), patience);
    expect((await fleet.status()).workers[0]?.providers).toEqual(['cometapi']);
  });
});

describe.skipIf(!inject('brokers').includes('nats-server'))('what a fleet could not do', () => {
  const open = scenes();

  it('is told by a rejection, in the words of this library', async () => {
    const { fleetOf, dial } = await open();
    const connection = await dial();
    const fleet = fleetOf({ connection });
    await expect(fleet.submit('..')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(fleet.forget('..')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    const watched = (id: string) => lastValueFrom(fleet.source(task(id)));
    await expect(watched('..')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(fleet.submit('a', { deadlineMs: -1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(fleetOf({ connection, replicas: 3 }).upgrade()).rejects.toMatchObject({ code: 'FLEET_CONFIG' });
    await connection.close();
    const trouble = { code: 'UNAVAILABLE', retryable: false, message: 'the connection to NATS is closed' };
    await expect(fleet.upgrade()).rejects.toMatchObject(trouble);
    await expect(watched('a')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(fleet.status()).rejects.toMatchObject(trouble);
    await expect(fleet.submit('a')).rejects.toMatchObject(trouble);
    await expect(fleet.forget('a')).rejects.toMatchObject(trouble);
  });
});
