import { describe, expect, inject, it, vi } from 'vitest';
import { neverEnding } from '../../../src/testing/index.js';
import { life, patience, scenes, task } from './fleet-scene.js';

/** With it, what nobody speaks of comes back after all these tests are over. */
const requestTimeoutMs = 60_000;

describe.skipIf(!inject('brokers').includes('nats-server'))('a worker that is told to stop', () => {
  const open = scenes();

  it.each(['unsubscribed', 'by a signal'])(
    'ends what is under way, and leaves the rest to others: %s',
    { timeout: 60_000 },
    async (way) => {
      let isSlow = false;
      const { sim, fleet, work, events, left, reads } = await open({
        requestTimeoutMs,
        cadenceMs: 500,
        faults: () => (isSlow ? { kind: 'delay', ms: 1_000 } : undefined),
      });
      const stop = new AbortController();
      const worker = await work({ concurrency: 8, signal: stop.signal });
      await vi.waitFor(async () => expect((await left()).messages).toBe(0), patience);
      const ids = Array.from({ length: 8 }, () => sim.add('cometapi', { timeline: life(0) }));
      isSlow = true;
      for (const id of ids) await fleet.submit(task(id));
      await vi.waitFor(() => expect(sim.inFlight).toBe(8), patience);
      if (way === 'unsubscribed') worker.stop();
      else stop.abort();
      const later = Array.from({ length: 8 }, () => sim.add('cometapi', { timeline: life(0) }));
      for (const id of later) await fleet.submit(task(id));
      await vi.waitFor(async () => expect((await left()).messages).toBe(8), patience);
      expect((await events()).map(({ id, type }) => [id, type]).sort()).toEqual(
        ids.map((id) => [id, 'completed']).sort(),
      );
      if (way === 'by a signal') {
        await vi.waitFor(() => expect(worker.told.end).toBe('complete'), patience);
        expect(worker.told.figures).toMatchObject({ finished: 8, underWay: 0, left: 0 });
      }
      expect(Math.max(...later.map(reads))).toBe(0);
      expect(await left()).toEqual({ messages: 8, handedOut: 0, untouched: 8 });
      await work();
      await vi.waitFor(async () => expect((await left()).messages).toBe(0), patience);
    },
  );

  it('keeps nothing of what it was just handed, however often workers come and go', { timeout: 60_000 }, async () => {
    const { sim, fleet, work, left, reads } = await open({ requestTimeoutMs, cadenceMs: 50 });
    const ids = Array.from({ length: 200 }, () => sim.add('cometapi', { timeline: neverEnding }));
    const first = await work();
    await vi.waitFor(async () => expect((await left()).messages).toBe(0), patience);
    for (const id of ids) await fleet.submit(task(id));
    await vi.waitFor(() => expect(Math.min(...ids.map(reads))).toBeGreaterThan(0), patience);
    first.stop();
    for (let turn = 0; turn < 10; turn++) {
      const { stop } = await work();
      const before = sim.requests.length;
      await vi.waitFor(() => expect(sim.requests.length).toBeGreaterThan(before + 100), patience);
      stop();
    }
    const counts = ids.map(reads);
    await work();
    await vi.waitFor(() => expect(ids.filter((id, i) => reads(id) > (counts[i] ?? 0))).toEqual(ids), patience);
  });
});
