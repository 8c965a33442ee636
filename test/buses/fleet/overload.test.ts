import { describe, expect, inject, it, vi } from 'vitest';
import { neverEnding } from '../../../src/testing/index.js';
import { patience, scenes, task } from './fleet-scene.js';

describe.skipIf(!inject('brokers').includes('nats-server'))('a fleet with more tasks than it may ask about', () => {
  const open = scenes();

  it('begins with all of them soon when it cannot keep up, and says how late it is', { timeout: 120_000 }, async () => {
    const { sim, work, fleet, idle, reads } = await open({ cadenceMs: 200, faults: () => ({ kind: 'delay', ms: 50 }) });
    const { told } = await work({ concurrency: 2 });
    await idle();
    const add = (count: number) =>
      Promise.all(
        Array.from({ length: count }, async () => {
          const id = sim.add('cometapi', { timeline: neverEnding });
          await fleet.submit(task(id));
          return id;
        }),
      );
    const ids = await add(200);
    await vi.waitFor(() => expect(Math.min(...ids.map(reads))).toBe(1), patience);
    const asked = ids.map(reads).reduce((sum, count) => sum + count, 0);
    expect(asked).toBeLessThan(3 * ids.length);
    await vi.waitFor(() => expect(told.figures?.lateMs.p50).toBeGreaterThan(1_000), patience);
    const before = sim.requests.length;
    const more = await add(20);
    await vi.waitFor(() => expect(Math.min(...more.map(reads))).toBe(1), patience);
    expect(sim.requests.length - before).toBeLessThan(ids.length);
    const counts = ids.map(reads);
    await vi.waitFor(() => expect(ids.filter((id, i) => reads(id) > (counts[i] ?? 0))).toEqual(ids), patience);
    expect((await fleet.status()).lateMs.p50).toBeGreaterThan(1_000);
  });
});
