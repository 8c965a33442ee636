import type { FleetSettings } from '../fleet-settings.js';
import type { Difference } from '../streams/difference.js';
import type { WorkerReport } from '../worker/roll-call.js';

/** A worker's id as people are told it: enough to tell it from the others. */
export function shortId(worker: string): string {
  return worker.slice(0, 8);
}

/** What each worker has otherwise than the fleet agreed on: it started before somebody changed that. */
export function workerDifferences(
  workers: readonly WorkerReport[],
  agreed: Readonly<Record<keyof FleetSettings, unknown>> | undefined,
): readonly Difference[] {
  if (!agreed) return [];
  return workers.flatMap(({ worker, settings }) =>
    (Object.keys(settings) as (keyof FleetSettings)[])
      .filter((setting) => settings[setting] !== agreed[setting])
      .map((setting) => {
        return { of: `worker ${shortId(worker)}`, setting, found: settings[setting], needed: agreed[setting] };
      }),
  );
}
