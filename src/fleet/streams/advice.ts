import { usualFleetName } from '../fleet-name.js';
import { type FleetSettings, fleetDefaults } from '../fleet-settings.js';
import { type Finding, WAITING } from './difference.js';
import type { Plan } from './plan.js';

type Wanted = Pick<Plan, 'settings' | 'polls'>;

const units = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/**
 * How a fleet gets the settings of a plan, and room for what waits: the command with all that differ from what was agreed
 * on, and all that are not the usual ones, which it would go back to.
 */
export function howToUpgrade({ settings, polls }: Wanted, findings: readonly Finding[]): string {
  // The command has no word for it.
  if (settings.keepEventsMs === Number.POSITIVE_INFINITY) return '`upgrade()` of a fleet with these options';
  const differ = new Set(findings.flatMap(({ difference: { of, setting } }) => (of === 'fleet' ? setting : [])));
  const waiting = findings.flatMap(({ difference: { setting, found } }) => (setting === WAITING ? Number(found) : []));
  const wanted = { ...settings, maxLive: Math.max(settings.maxLive, ...waiting) };
  const option = (setting: keyof FleetSettings, flag: string, inWords: (value: number) => string) =>
    differ.has(setting) || wanted[setting] !== fleetDefaults[setting] ? [`--${flag} ${inWords(wanted[setting])}`] : [];
  const name = polls.name.replace(/-polls$/, '');
  const command = [
    'rushes fleet upgrade',
    ...(name === usualFleetName ? [] : [`--name ${name}`]),
    ...option('requestTimeoutMs', 'request-timeout', duration),
    ...option('shards', 'shards', String),
    ...option('maxLive', 'max-live', String),
    ...option('keepEventsMs', 'keep-events', duration),
    ...option('replicas', 'replicas', String),
  ];
  return `\`${command.join(' ')}\``;
}

function duration(ms: number): string {
  const [unit, length] = units.find(([, length]) => ms % length === 0) ?? ['ms', 1];
  return `${ms / length}${unit}`;
}
