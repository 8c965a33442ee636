import { parseBody } from '../../providers/parse-body.js';
import { readText } from '../../providers/read-text.js';
import { providerNameProblem } from '../../task/ref.js';
import { isStatus } from '../../task/status.js';
import { toldError } from '../../told/told-error.js';
import { type FleetSettings, fleetDefaults } from '../fleet-settings.js';
import { toldSettings } from '../streams/plan.js';
import type { WorkerReport } from '../worker/roll-call.js';

const text = new TextDecoder();

const settingNames = Object.keys(fleetDefaults) as (keyof FleetSettings)[];

const figureNames = [
  'underWay',
  'polls',
  'pollsPerSecond',
  'events',
  'troubles',
  'finished',
  'lost',
  'putOff',
  'left',
  'busTroubles',
  'skewMs',
] as const;

type Said = Readonly<Record<string, unknown>>;

/** What a worker answered; `undefined` when it is no report. */
export function readReport(data: Uint8Array): WorkerReport | undefined {
  const body = parseBody(text.decode(data));
  const said: Said = Object(body.kind === 'json' ? body.value : undefined);
  const worker = readText(said['worker']);
  const settings = readSettings(said['settings']);
  const { providers } = said;
  const counts = numbersIn(said, ['concurrency', 'workers']);
  const perSecond = said['perSecond'] === null ? { perSecond: null } : numbersIn(said, ['perSecond']);
  const figures = readFigures(Object(said['figures']));
  if (!worker || !settings || !areNames(providers) || !counts || !perSecond || !figures) return undefined;
  return { worker, settings, providers, ...counts, ...perSecond, figures };
}

function readSettings(said: unknown): FleetSettings | undefined {
  const settings = numbersIn(toldSettings(said), settingNames);
  if (!settings) return undefined;
  const { shards } = settings;
  return shards === 1 || shards === 16 ? { ...settings, shards } : undefined;
}

function readFigures(said: Said): WorkerReport['figures'] | undefined {
  const { isWell } = said;
  const counts = numbersIn(said, figureNames);
  const lateMs = numbersIn(Object(said['lateMs']), ['p50', 'p99']);
  if (typeof isWell !== 'boolean' || !counts || !lateMs) return undefined;
  const pauses: Said = Object(said['pausedMs']);
  const pausedMs = Object.fromEntries(Object.entries(pauses).filter(isNumbered));
  const lastTrouble = readTrouble(said['lastTrouble']);
  return { isWell, ...counts, lateMs, pausedMs, ...(lastTrouble && { lastTrouble }) };
}

function readTrouble(said: unknown): WorkerReport['figures']['lastTrouble'] {
  const error = toldError(said)?.toJSON();
  const { status } = Object(said);
  return error && { ...error, ...(isStatus(status) && { status }) };
}

/** What is said under each of some names; `undefined` unless all of it is numbers. */
function numbersIn<Name extends string>(said: Said, names: readonly Name[]): Record<Name, number> | undefined {
  const entries = names.map((name): [Name, unknown] => [name, said[name]]);
  return entries.every(isNumbered) ? (Object.fromEntries(entries) as Record<Name, number>) : undefined;
}

function isNumbered(entry: [string, unknown]): entry is [string, number] {
  return typeof entry[1] === 'number';
}

function areNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => providerNameProblem(name) === undefined);
}
