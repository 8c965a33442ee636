import { Observable } from 'rxjs';
import type { RushesError } from '../../errors.js';
import type { FleetContext } from '../fleet-context.js';
import type { FleetSettings } from '../fleet-settings.js';
import type { WorkFigures } from './figures.js';
import type { WorkSettings } from './work-options.js';

/** What a worker says of itself when it is asked. */
export interface WorkerReport {
  /** Its id, made anew at each start. */
  readonly worker: string;
  /** What it reckons the fleet to have agreed on. */
  readonly settings: FleetSettings;
  /** Whose tasks it asks about, by name. */
  readonly providers: readonly string[];
  /** Its polls at once, of all providers together. */
  readonly concurrency: number;
  /** Requests that the whole fleet may start in a second at each provider; `null` for any number: JSON has no `Infinity`. */
  readonly perSecond: number | null;
  /** How many workers it reckons to share that with. */
  readonly workers: number;
  /** What it has done since it began, and does. */
  readonly figures: Omit<WorkFigures, 'lastTrouble'> & { readonly lastTrouble?: ReturnType<RushesError['toJSON']> };
}

/** How long workers may take to answer. */
const ROLL_CALL_MS = 1_000;

/** What each worker that runs answers, in whatever words. */
export async function callRoll({
  connection,
  layout,
}: Pick<FleetContext, 'connection' | 'layout'>): Promise<readonly Uint8Array[]> {
  const heard: Uint8Array[] = [];
  try {
    const how = { strategy: 'timer', maxWait: ROLL_CALL_MS } as const;
    for await (const { data } of await connection.requestMany(layout.rollCall, undefined, how)) heard.push(data);
  } catch (error) {
    // No worker hears the call.
    if (Object(error).name !== 'NoResponders') throw error;
  }
  return heard;
}

/** Answers whoever asks which workers there are, while it is subscribed to. */
export function answerRollCall(
  { connection, layout, settings, providers }: FleetContext,
  worker: string,
  { concurrency, perSecond, workers }: WorkSettings,
  figures: () => WorkFigures,
): Observable<never> {
  return new Observable((subscriber) => {
    const calls = connection.subscribe(layout.rollCall, {
      callback: (error, call) => {
        // Without the right to hear the call, a worker works all the same.
        if (error) return subscriber.complete();
        const { lastTrouble, ...counts } = figures();
        const report: WorkerReport = {
          worker,
          settings,
          providers: providers.map(({ name }) => name),
          concurrency,
          perSecond: Number.isFinite(perSecond) ? perSecond : null,
          workers,
          figures: { ...counts, ...(lastTrouble && { lastTrouble: lastTrouble.toJSON() }) },
        };
        call.respond(JSON.stringify(report));
      },
    });
    return () => calls.unsubscribe();
  });
}
