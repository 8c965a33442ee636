import { describe, expect, inject, it, vi } from 'vitest';
import { isEnd, life, patience, scenes, task } from './fleet-scene.js';

describe.skipIf(!inject('brokers').includes('nats-server'))('a fleet of sixteen shards', () => {
  const open = scenes();

  it('watches tasks in all of them to one end each, by two workers', { timeout: 60_000 }, async () => {
    const { sim, fleetOf, work, events, manager } = await open();
    const sharded = { shards: 16 } as const;
    const fleet = fleetOf(sharded);
    await work({ concurrency: 16 }, sharded);
    await work({ concurrency: 4 }, sharded);
    await vi.waitFor(() => manager.consumers.info('rushes-polls', 'cometapi_f'), patience);
    const ids = Array.from({ length: 200 }, () => sim.add('cometapi', { timeline: life(1_000) }));
    for (const id of ids) expect(await fleet.submit(task(id))).toBe('submitted');
    await vi.waitFor(async () => expect((await fleet.status()).live).toBe(0), patience);
    const ends = (await events()).filter(isEnd);
    expect(ends.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(await fleet.status()).toMatchObject({ live: 0, unclaimed: 0, differences: [], alerts: [] });
    const used: string[] = [];
    for await (const { name, delivered } of manager.consumers.list('rushes-polls'))
      if (delivered.consumer_seq > 0) used.push(name);
    expect(used.sort()).toEqual([...'0123456789abcdef'].map((digit) => `cometapi_${digit}`));
  });
});
