import { isRushesError, messageOf, RushesError, scrub } from '../../errors.js';

/** Something on the server, or at a worker, that is not as a fleet needs it. */
export interface Difference {
  /**
   * Of what: `server`, `fleet` for what its workers agreed on, a stream or consumer by name, or a worker by the first 8
   * characters of its id.
   */
  readonly of: string;
  /** What of it, such as `ack_wait`; `presence` of what is `absent` and needed, or `present` and in the way. */
  readonly setting: string;
  /** What it is. Times are in milliseconds. */
  readonly found: unknown;
  /** What it has to be. */
  readonly needed: unknown;
}

/** What it takes to mend a difference. `never`: the server cannot. */
export type Mending = 'create' | 'update' | 'replace' | 'remove' | 'never';

/** What a difference is about. */
export type Part = 'server' | 'polls' | 'events' | 'consumer';

/** A difference, and what mends it. */
export interface Finding {
  readonly difference: Difference;
  readonly mending: Mending;
  readonly part: Part;
  /** Of a consumer: its name. */
  readonly consumer?: string;
}

/** A `FLEET_CONFIG` that also has what its message says, in parts. */
export interface FleetConfigError extends RushesError<'FLEET_CONFIG'> {
  /** What is not as it has to be; not enumerable, since the message lists it. */
  readonly differences: readonly Difference[];
  /** The same in words, a line each; not enumerable. */
  readonly lines: readonly string[];
  /** What to do about it, or what the server said to a try; not enumerable. */
  readonly advice: string;
}

/** Who says that something is not as it has to be. */
export type Speaker = 'this worker needs' | 'these options need';

/** The setting of a consumer for which more waits than it may hand out. */
export const WAITING = 'waiting tasks';

/** The error that lists differences. @param advice - What to do. @param refusal - What the server said to a try. */
export function fleetConfig(
  found: readonly Finding[],
  advice: string,
  refusal?: unknown,
  speaker?: Speaker,
): FleetConfigError {
  const differences = found.map(({ difference }) => difference);
  const last = refusal === undefined ? advice : `the server says: ${messageOf(refusal)}`;
  const lines = differences.map((each) => inWords(each, speaker));
  const error = new RushesError('FLEET_CONFIG', [...lines, last].join('; '), { cause: refusal });
  const parts = { differences: { value: differences }, lines: { value: lines }, advice: { value: last } };
  return Object.defineProperties(error, parts) as FleetConfigError;
}

/** Whether `error` lists differences. */
export function isFleetConfig(error: unknown): error is FleetConfigError {
  return isRushesError(error) && error.code === 'FLEET_CONFIG' && 'differences' in error;
}

/** A difference in words. */
export function inWords(difference: Difference, speaker: Speaker = 'this worker needs'): string {
  const { of, setting, found, needed } = difference;
  if (setting === 'presence') return needed === 'present' ? `${of} is absent` : `${of} is in the way`;
  if (setting === 'cluster') return `${of}: it is no cluster, and ${needed}`;
  return `${of}: ${setting} is ${value(setting, found)}, ${speaker} ${value(setting, needed)}`;
}

/** What a setting is, with its unit. */
export function value(setting: string, it: unknown): string {
  if (it === undefined || it === null || it === '') return 'nothing';
  if (it === Number.POSITIVE_INFINITY) return 'for ever';
  if (typeof it === 'number' && /Ms$|^(?:ack_wait|max_age|inactive_threshold|max_expires)$/.test(setting))
    return `${it} ms`;
  return typeof it === 'string' ? scrub(it) : JSON.stringify(it);
}
