import { isRushesError, messageOf, RushesError, scrub } from '../../errors.js';

/** Something on the server that is not as a fleet needs it. */
export interface Difference {
  /** Of what: `server`, `fleet` for what its workers agreed on, or a stream or consumer by name. */
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
  /** What to do about it, or what the server said to a try; not enumerable. */
  readonly advice: string;
}

/** The error that lists differences. @param advice - What to do. @param refusal - What the server said to a try. */
export function fleetConfig(found: readonly Finding[], advice: string, refusal?: unknown): FleetConfigError {
  const differences = found.map(({ difference }) => difference);
  const last = refusal === undefined ? advice : `the server says: ${messageOf(refusal)}`;
  const message = [...differences.map(inWords), last].join('; ');
  const error = new RushesError('FLEET_CONFIG', message, { cause: refusal });
  const parts = { differences: { value: differences }, advice: { value: last } };
  return Object.defineProperties(error, parts) as FleetConfigError;
}

/** Whether `error` lists differences. */
export function isFleetConfig(error: unknown): error is FleetConfigError {
  return isRushesError(error) && error.code === 'FLEET_CONFIG' && 'differences' in error;
}

/** A difference as a worker says it that is refused. */
export function inWords({ of, setting, found, needed }: Difference): string {
  if (setting === 'presence') return needed === 'present' ? `${of} is absent` : `${of} is in the way`;
  return `${of}: ${setting} is ${value(setting, found)}, this worker needs ${value(setting, needed)}`;
}

function value(setting: string, it: unknown): string {
  if (it === undefined || it === '') return 'nothing';
  if (it === Number.POSITIVE_INFINITY) return 'for ever';
  if (typeof it === 'number' && /Ms$|^(?:ack_wait|max_age|inactive_threshold|max_expires)$/.test(setting))
    return `${it} ms`;
  return typeof it === 'string' ? scrub(it) : JSON.stringify(it);
}
