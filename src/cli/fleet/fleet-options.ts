import { type Command, InvalidArgumentError, Option } from 'commander';
import { fleetNameProblem, usualFleetName } from '../../fleet/fleet-name.js';
import type { FleetSettings } from '../../fleet/fleet-settings.js';
import { type Duration, durationFrom, numberThat } from '../options.js';
import { providerNames } from '../provider-choice.js';
import { usualNats } from './nats-access.js';

/** The options of all commands of a fleet. */
export interface FleetPlace {
  readonly nats?: string;
  readonly name: string;
  readonly json?: boolean;
}

/** What all workers of a fleet have to agree on; what is not said is as it usually is. */
export interface FleetSettingOptions {
  readonly requestTimeout?: Duration;
  readonly shards?: 1 | 16;
  readonly maxLive?: number;
  readonly keepEvents?: Duration;
  readonly replicas?: number;
}

/** What `rushes fleet submit` and `rushes fleet forget` take. */
export interface TasksOfFleetOptions extends FleetPlace {
  readonly provider?: string;
}

/** What `rushes fleet submit` takes. */
export interface SubmitOptions extends TasksOfFleetOptions {
  readonly deadline?: Duration;
  /** Whether to follow the tasks to their end. */
  readonly watch?: boolean;
}

/** What `rushes fleet worker` takes. */
export interface WorkerOptions extends FleetPlace, FleetSettingOptions {
  readonly provider?: string;
  readonly baseUrl?: string;
  readonly every?: Duration;
  readonly concurrency?: number;
  readonly perSecond?: number;
  readonly workers?: number;
  readonly health?: number;
}

/** What `rushes fleet status` and `rushes fleet upgrade` take. */
export interface StandingOptions extends FleetPlace, FleetSettingOptions {}

/** Adds the options that say which fleet is meant. */
export function withPlace(command: Command, ofJson: string): Command {
  return command
    .option('--nats <url>', `where NATS is; NATS_URL, or ${usualNats}`)
    .addOption(new Option('--name <name>', 'what the fleet is called').default(usualFleetName).argParser(fleetName))
    .option('--json', ofJson);
}

/** Adds the option that says whose tasks are meant. */
export function withProvider(command: Command): Command {
  const option = new Option('--provider <name>', 'whose tasks; else of the provider whose key is set').choices(
    providerNames,
  );
  return command.addOption(option);
}

/** What the options mean that all workers of a fleet agree on, and what they are where nobody says it. */
const settingWords = {
  requestTimeout: 'how long a request may take (30s)',
  shards: 'consumers for each provider, 1 (as usual) or 16',
  maxLive: 'tasks that a consumer watches (100000)',
  keepEvents: 'how long news is kept (168h)',
  replicas: 'on how many servers it is kept: 1 (as usual), 3 or 5',
} satisfies Record<keyof FleetSettingOptions, string>;

/** The same for a command that only compares: what nobody says is as the workers agreed. */
export const comparedWords: typeof settingWords = {
  requestTimeout: 'compare it with how long a request may take',
  shards: 'compare it with the consumers of a provider, 1 or 16',
  maxLive: 'compare it with the tasks that a consumer watches',
  keepEvents: 'compare it with how long news is kept',
  replicas: 'compare it with the servers it is kept on: 1, 3 or 5',
};

/** Adds the options that all workers of a fleet agree on. */
export function withSettings(command: Command, words = settingWords): Command {
  return command
    .addOption(new Option('--request-timeout <time>', words.requestTimeout).argParser(durationFrom('1ms')))
    .addOption(new Option('--shards <n>', words.shards).argParser(oneOf(1, 16)))
    .option('--max-live <n>', words.maxLive, numberThat(isCount, 'a whole number, 1 or more'))
    .addOption(new Option('--keep-events <time>', words.keepEvents).argParser(durationFrom('100ms')))
    .addOption(new Option('--replicas <n>', words.replicas).argParser(oneOf(1, 3, 5)));
}

/** What was said of the settings, as a fleet takes it. */
export function givenSettings(options: FleetSettingOptions): Partial<FleetSettings> {
  const { requestTimeout, shards, maxLive, keepEvents, replicas } = options;
  return {
    ...(requestTimeout && { requestTimeoutMs: requestTimeout.ms }),
    ...(shards !== undefined && { shards }),
    ...(maxLive !== undefined && { maxLive }),
    ...(keepEvents && { keepEventsMs: keepEvents.ms }),
    ...(replicas !== undefined && { replicas }),
  };
}

/** Whether `value` can be a number of things, of which there is one at least. */
export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

function oneOf(...numbers: readonly number[]): (text: string) => number {
  return numberThat((value) => numbers.includes(value), `one of ${numbers.join(', ')}`);
}

function fleetName(text: string): string {
  const problem = fleetNameProblem(text);
  if (problem === undefined) return text;
  throw new InvalidArgumentError(`Expected ${problem}.`);
}
