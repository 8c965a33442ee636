import { describe, expect, inject, it, vi } from 'vitest';
import { cometapi } from '../../../src/index.js';
import { neverEnding } from '../../../src/testing/index.js';
import { patience, scenes, task } from './fleet-scene.js';

describe.skipIf(!inject('brokers').includes('nats-server'))('a fleet with more tasks than it may ask about', () => {
  const open = scenes();
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  it('keeps to its quota, also when a killed server hands out all at once', { timeout: 60_000 }, async () => {
    const { sim, broker, work, fleet, left } = await open({ cadenceMs: 2_000, requestTimeoutMs: 2_000 });
    const starts: number[] = [];
    const noting: typeof fetch = (...request) => {
      starts.push(performance.now());
      return fetch(...request);
    };
    const workers = [];
    for (let i = 0; i < 2; i++) workers.push(await work({ perSecond: 50, workers: 2 }, { fetch: noting }));
    await vi.waitFor(async () => expect((await left()).messages).toBe(0), patience);
    const ids = Array.from({ length: 2_000 }, () => sim.add('cometapi', { timeline: neverEnding }));
    for (let i = 0; i < ids.length; i += 100)
      await Promise.all(ids.slice(i, i + 100).map((id) => fleet.submit(task(id))));
    await wait(3_000);
    await broker.kill();
    await wait(1_000);
    await broker.start();
    const before = starts.length;
    await vi.waitFor(() => expect(starts.length).toBeGreaterThan(before + 300), patience);
    const most = Math.max(...starts.map((from, i) => starts.slice(i).filter((at) => at < from + 1_000).length));
    expect(most).toBeGreaterThan(40);
    expect(most).toBeLessThanOrEqual(51);
    expect(workers.map(({ told }) => told.end)).toEqual([undefined, undefined]);
  });

  it('pauses a provider that says so, and no other', { timeout: 60_000 }, async () => {
    let refusals = 0;
    let isFull = false;
    const { sim, baseUrl, work, fleetOf, left } = await open({
      faults: ({ id = '' }) => {
        if (!isFull || !id.startsWith('full')) return undefined;
        refusals++;
        return { kind: 'rateLimited', retryAfter: 3 };
      },
    });
    const providers = ['full', 'free'].map((name) => cometapi({ name, apiKey: 'key', baseUrl }));
    const { told } = await work({ concurrency: 8 }, { providers });
    for (const name of ['full', 'free'])
      await vi.waitFor(async () => expect((await left('rushes', name)).messages).toBe(0), patience);
    const fleet = fleetOf({ providers });
    for (const name of ['full', 'free']) {
      for (let i = 0; i < 50; i++) {
        const id = sim.add('cometapi', { id: `${name}-${i}`, timeline: neverEnding });
        await fleet.submit(task(id, name));
      }
    }
    const reads = (name: string) => sim.requests.filter(({ id = '' }) => id.startsWith(name)).length;
    await vi.waitFor(() => expect(Math.min(reads('full'), reads('free'))).toBeGreaterThan(100), patience);
    isFull = true;
    await vi.waitFor(() => expect(told.figures?.pausedMs).toHaveProperty('full'), patience);
    expect(Object.keys(told.figures?.pausedMs ?? {})).toEqual(['full']);
    const [full, free] = [reads('full'), reads('free')];
    await vi.waitFor(() => expect(reads('free')).toBeGreaterThan(free + 200), patience);
    expect(reads('full')).toBe(full);
    // As many as were under way.
    expect(refusals).toBeLessThanOrEqual(4);
    await vi.waitFor(() => expect(reads('full')).toBeGreaterThan(full), patience);
    expect(refusals).toBeLessThanOrEqual(12);
    isFull = false;
    const later = reads('full');
    await vi.waitFor(() => expect(reads('full')).toBeGreaterThan(later + 100), patience);
    await vi.waitFor(() => expect(told.figures?.pausedMs).toEqual({}), patience);
  });
});
