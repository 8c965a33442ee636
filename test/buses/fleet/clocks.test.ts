import { describe, expect, inject, it, vi } from 'vitest';
import { neverEnding } from '../../../src/testing/index.js';
import { patience, scenes, task } from './fleet-scene.js';

const HOUR_MS = 3_600_000;
const DEADLINE_MS = 3_000;

describe.skipIf(!inject('brokers').includes('nats-server'))('workers whose clocks are wrong', () => {
  const open = scenes();

  it('lose no task early, nor late, and are named in the status', { timeout: 60_000 }, async () => {
    const { sim, process: start, fleet, manager, events, left } = await open();
    const skews = [HOUR_MS, -HOUR_MS];
    for (const skewMs of skews) {
      const shifted = `const D = Date, now = () => D.now() + ${skewMs};
        globalThis.Date = class extends D {
          constructor(...parts) { parts.length > 0 ? super(...parts) : super(now()); }
          static now() { return now(); }
        };`;
      await start({ apiKey: `key/${skewMs}` }, ['--import', `data:text/javascript,${encodeURIComponent(shifted)}`]);
    }
    await vi.waitFor(async () => expect((await left()).messages).toBe(0), patience);
    await vi.waitFor(async () => {
      const alerts = (await fleet.status()).alerts.filter((alert) => alert.startsWith('the clock of worker '));
      const skewed = alerts.map((alert) => {
        const [, ms, way] = / is (\d+) ms (ahead of|behind) the server's$/.exec(alert) ?? [];
        return `${Math.round(Number(ms) / HOUR_MS)} h ${way}`;
      });
      expect(skewed.sort()).toEqual(['1 h ahead of', '1 h behind']);
    }, patience);

    const ids = Array.from({ length: 30 }, () => sim.add('cometapi', { timeline: neverEnding }));
    for (const id of ids) await fleet.submit(task(id), { deadlineMs: DEADLINE_MS });
    const submitted = new Map<string, number>();
    for (let seq = 1; seq <= ids.length; seq++) {
      const message = await manager.streams.getMessage('rushes-polls', { seq });
      if (message) submitted.set(message.json<{ ref: { id: string } }>().ref.id, message.time.getTime());
    }
    expect(submitted.size).toBe(ids.length);
    await vi.waitFor(async () => expect((await left()).messages).toBe(0), patience);
    const keys = new Set(sim.requests.map(({ headers }) => headers['authorization']));
    expect(keys).toEqual(new Set(skews.map((skewMs) => `Bearer key/${skewMs}`)));
    const lost = (await events()).filter(({ type }) => type === 'lost');
    expect(lost.map(({ id }) => id).sort()).toEqual([...ids].sort());
    for (const { id, code, storedMs } of lost) {
      expect(code).toBe('DEADLINE');
      const afterMs = storedMs - (submitted.get(id) ?? 0);
      expect(afterMs).toBeGreaterThanOrEqual(DEADLINE_MS - 20);
      expect(afterMs).toBeLessThan(DEADLINE_MS + 5_000);
    }
  });
});
