import { checkMs, checkPositiveMs } from '../cadence/delay.js';
import { invalidArgument } from '../errors.js';

/** What all workers of a fleet agree on, because the server keeps it. */
export interface FleetSettings {
  /** How long one request may take. @defaultValue 30000 */
  readonly requestTimeoutMs: number;
  /**
   * How many consumers share the work of a provider: 16 for more than 100,000 tasks of one provider at a time.
   * @defaultValue 1
   */
  readonly shards: 1 | 16;
  /** How many tasks a consumer watches at a time; more wait, unasked, until others end. @defaultValue 100000 */
  readonly maxLive: number;
  /** How long news is kept; `Infinity` for ever. @defaultValue 604800000, which is 7 days */
  readonly keepEventsMs: number;
  /** On how many servers of a cluster work and news are kept: 1, 3 or 5. @defaultValue 1 */
  readonly replicas: number;
}

/** The defaults of {@link FleetSettings}. */
export const fleetDefaults = Object.freeze({
  requestTimeoutMs: 30_000,
  shards: 1,
  maxLive: 100_000,
  keepEventsMs: 7 * 24 * 3_600_000,
  replicas: 1,
} satisfies FleetSettings);

type Given = { readonly [Name in keyof FleetSettings]?: FleetSettings[Name] | undefined };

/** The server counts nanoseconds in 64 bits. */
const LONGEST_MS = 9e12;

/** The server keeps nothing for less than 100 ms. */
const SHORTEST_KEPT_MS = 100;

/** Settings with defaults; other options are left to others. @throws `INVALID_ARGUMENT` naming `fleet.<option>`. */
export function checkFleetSettings(options: Given): FleetSettings {
  const {
    requestTimeoutMs = fleetDefaults.requestTimeoutMs,
    shards = fleetDefaults.shards,
    maxLive = fleetDefaults.maxLive,
    keepEventsMs = fleetDefaults.keepEventsMs,
    replicas = fleetDefaults.replicas,
  } = options;
  checkPositiveMs('fleet.requestTimeoutMs', requestTimeoutMs);
  if (requestTimeoutMs > LONGEST_MS)
    throw invalidArgument('fleet.requestTimeoutMs', `at most ${LONGEST_MS} milliseconds`, requestTimeoutMs);
  if (shards !== 1 && shards !== 16) throw invalidArgument('fleet.shards', '1 or 16', shards);
  if (!Number.isSafeInteger(maxLive) || maxLive < 1)
    throw invalidArgument('fleet.maxLive', 'a whole number, 1 or more', maxLive);
  checkMs('fleet.keepEventsMs', keepEventsMs, { orInfinity: true });
  if (keepEventsMs < SHORTEST_KEPT_MS || (keepEventsMs > LONGEST_MS && keepEventsMs !== Number.POSITIVE_INFINITY)) {
    const expected = `milliseconds: from ${SHORTEST_KEPT_MS} to ${LONGEST_MS}, or Infinity`;
    throw invalidArgument('fleet.keepEventsMs', expected, keepEventsMs);
  }
  if (![1, 3, 5].includes(replicas)) throw invalidArgument('fleet.replicas', '1, 3 or 5', replicas);
  return { requestTimeoutMs, shards, maxLive, keepEventsMs, replicas };
}
