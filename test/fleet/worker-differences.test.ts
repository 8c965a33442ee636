import { expect, it } from 'vitest';
import { checkFleetSettings, type FleetSettings } from '../../src/fleet/fleet-settings.js';
import { Layout } from '../../src/fleet/layout.js';
import { workerDifferences } from '../../src/fleet/status/worker-differences.js';
import { agreed, planOf } from '../../src/fleet/streams/plan.js';
import type { WorkerReport } from '../../src/fleet/worker/roll-call.js';

const worker = (id: string, settings: Partial<FleetSettings>) =>
  ({ worker: id, settings: checkFleetSettings(settings) }) as WorkerReport;

it('says of each worker what it has otherwise than the fleet agreed on', () => {
  const forEver = { keepEventsMs: Number.POSITIVE_INFINITY };
  const settled = agreed(planOf(new Layout('video'), checkFleetSettings(forEver), []).polls.description);
  const workers = [
    worker('52b8b3a2-0d5e', forEver),
    worker('c0ffee00-0d5e', { shards: 16 }),
    worker('52b8b3a2-ffff', { ...forEver, maxLive: 5 }),
  ];
  expect(workerDifferences(workers, settled)).toEqual([
    { of: 'worker c0ffee00', setting: 'shards', found: 16, needed: 1 },
    { of: 'worker c0ffee00', setting: 'keepEventsMs', found: 604_800_000, needed: Number.POSITIVE_INFINITY },
    { of: 'worker 52b8b3a2', setting: 'maxLive', found: 5, needed: 100_000 },
  ]);
  expect(workerDifferences(workers, undefined)).toEqual([]);
});
