import { expect, inject, it, vi } from 'vitest';
import { neverEnding } from '../../../src/testing/index.js';
import { patience, scenes, task } from './fleet-scene.js';

const open = scenes();

it.skipIf(!inject('brokers').includes('nats-server'))(
  'a worker goes on after its consumer went away, also when there is more to watch than it may',
  { timeout: 60_000 },
  async () => {
    const { sim, fleetOf, work, left, manager } = await open();
    const little = { maxLive: 5 };
    const fleet = fleetOf(little);
    const { told } = await work({}, little);
    await vi.waitFor(async () => expect((await left()).messages).toBe(0), patience);
    const ids = Array.from({ length: 20 }, () => sim.add('cometapi', { timeline: neverEnding }));
    for (const id of ids) expect(await fleet.submit(task(id))).toBe('submitted');
    await vi.waitFor(() => expect(sim.requests.length).toBeGreaterThan(10), patience);
    await manager.consumers.delete('rushes-polls', 'cometapi');
    await vi.waitFor(async () => expect((await left()).messages).toBe(20), patience);
    const before = sim.requests.length;
    await vi.waitFor(() => {
      expect(told.end).toBeUndefined();
      expect(sim.requests.length).toBeGreaterThan(before + 10);
    }, patience);
  },
);
