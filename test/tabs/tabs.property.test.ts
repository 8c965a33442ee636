import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Viewer } from '../watch/viewer.js';
import { intervalMs, type StagedTab, tabStage } from './tab-stage.js';

const kinds = fc.constantFrom(
  ...([
    ['timer', 'message', 'lock'],
    ['message', 'timer', 'lock'],
    ['lock', 'message', 'timer'],
    ['message', 'lock', 'timer'],
    ['lock', 'timer', 'message'],
  ] as const),
);
const act = fc.record({
  tab: fc.nat(4),
  deed: fc.constantFrom('join', 'join', 'leave', 'crash', 'freeze', 'resume', 'suspend'),
  order: kinds,
  thenMs: fc.oneof(fc.nat(200), fc.nat(3_000), fc.nat(4 * intervalMs)),
});

interface Place {
  readonly staged: StagedTab;
  viewer: Viewer | undefined;
  isSuspended: boolean;
}

describe('tabs that come, go, crash and freeze as they like', () => {
  it('each obey the law and end with the task, and after settling one asks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 5 }),
        fc.array(act, { maxLength: 14 }),
        fc.array(fc.nat(40), { minLength: 1, maxLength: 7 }),
        fc.integer({ min: 1, max: 2_147_483_646 }),
        async (size, acts, latencies, seed) => {
          let nth = 0;
          const latencyMs = () => latencies[nth++ % latencies.length] as number;
          const stage = tabStage({ latencyMs, seed });
          const places: Place[] = Array.from({ length: size }, () => newPlace());
          function newPlace(): Place {
            const staged = stage.open();
            return { staged, viewer: staged.watch(), isSuspended: false };
          }
          const gone: Viewer[] = [];

          for (const { tab, deed, order, thenMs } of acts) {
            const place = places[tab % size] as Place;
            const { staged, viewer } = place;
            if (deed === 'join' && !viewer && staged.tab.state === 'running') place.viewer = staged.watch();
            if (deed === 'leave' && viewer && staged.tab.state === 'running') {
              viewer.leave();
              gone.push(viewer);
              place.viewer = undefined;
            }
            if (deed === 'crash') {
              staged.tab.crash();
              if (viewer) gone.push(viewer);
              places[tab % size] = newPlace();
            }
            if (deed === 'freeze') staged.tab.freeze();
            if (deed === 'suspend' && staged.tab.state === 'running') {
              staged.tab.life.next('suspended');
              staged.tab.freeze();
              place.isSuspended = true;
            }
            if (deed === 'resume') resume(place, order);
            await stage.clock.advance(thenMs);
          }
          function resume(place: Place, order: readonly ('timer' | 'message' | 'lock')[]): void {
            place.staged.tab.resume(order);
            if (place.isSuspended) place.staged.tab.life.next('resumed');
            place.isSuspended = false;
          }

          await stage.clock.advance(6 * intervalMs);
          const running = places.filter(({ staged, viewer }) => viewer && staged.tab.state === 'running');
          for (let ms = 0; ms < 3 * intervalMs; ms += 500) {
            expect(stage.pollers).toBe(running.length > 0 ? 1 : 0);
            await stage.clock.advance(500);
          }
          stage.end();
          await stage.clock.advance(2 * intervalMs);
          for (const { viewer } of running) expect(viewer?.end).toBe('complete');

          for (const place of places) resume(place, ['lock', 'timer', 'message']);
          await stage.clock.advance(6 * intervalMs);
          for (const { viewer } of places) {
            if (viewer) expect(viewer.end).toBe('complete');
          }
          for (const viewer of [...gone, ...places.flatMap((place) => place.viewer ?? [])]) {
            expect(viewer.offence).toBe(gone.includes(viewer) && viewer.end === undefined ? viewer.offence : undefined);
            const progress = viewer.heard.flatMap((snapshot) => snapshot.progress ?? []);
            expect(progress).toEqual([...progress].sort((a, b) => a - b));
          }
          expect(stage.browser.busy).toBe(0);
        },
      ),
      { numRuns: Number(process.env['FC_RUNS'] ?? 150) },
    );
  }, 120_000);
});
