import type { NatsConnection } from '@nats-io/transport-node';
import { usualFleetName } from '../../fleet/fleet-name.js';
import { createFleet, type Fleet } from '../../fleet/index.js';
import type { Provider, RushesError, TaskRef } from '../../index.js';
import { wordsOf } from '../error-words.js';
import { type ExitCode, exitCodes, graver } from '../exit-code.js';
import { hasKey, keyVariables, openProvider, providerNames } from '../provider-choice.js';
import type { Shell } from '../shell.js';
import { shellLine } from '../shell-quote.js';
import { type GivenTasks, givenTasks } from '../task-ids.js';
import type { OutcomeTelling } from '../tell-outcomes.js';
import { WrongUsage } from '../wrong-usage.js';
import type { FleetPlace, TasksOfFleetOptions } from './fleet-options.js';
import { closeNats, openNats } from './nats.js';
import { natsAccess } from './nats-access.js';
import { codeOfFleetError, reportFleetError, stepAfter } from './trouble.js';

/** What a command does with a fleet that it has reached. */
export interface Errands {
  readonly fleet: Fleet;
  readonly connection: NatsConnection;
  readonly tasks: GivenTasks;
  /** Whose they are; it cannot ask. */
  readonly provider: Provider;
}

/** Reaches a fleet, does something with some of its tasks, and lets go of it. */
export async function withTasks(
  command: 'submit' | 'forget',
  { ids, options, onWrong, isLasting = false }: TasksAsked,
  shell: Shell,
  carryOut: (errands: Errands) => Promise<ExitCode>,
): Promise<ExitCode> {
  const provider = keylessProvider(providerOf(options, shell.env));
  let code: ExitCode = exitCodes.completed;
  const tasks = givenTasks(ids, provider.name, shell, (problem) => {
    code = exitCodes.wrongUsage;
    onWrong(`rushes: ${problem}`);
  });
  const reached = await withFleet(command, { options, isLasting, provider }, shell, (fleet, connection) =>
    carryOut({ fleet, connection, tasks, provider }),
  );
  return graver(reached, code);
}

/** What is asked of which tasks. */
export interface TasksAsked {
  readonly ids: readonly string[];
  readonly options: TasksOfFleetOptions;
  /** Told of a line on standard input that is no id. */
  onWrong(line: string): void;
  /** Whether the connection is to come back by itself. */
  readonly isLasting?: boolean;
}

/** How a fleet is reached. */
interface Reach {
  readonly options: FleetPlace;
  readonly isLasting?: boolean;
  readonly provider?: Provider;
}

/** Reaches a fleet, does something with it, and lets go of it; what goes wrong is said. */
export async function withFleet(
  command: string,
  { options, isLasting = false, provider }: Reach,
  shell: Shell,
  carryOut: (fleet: Fleet, connection: NatsConnection) => Promise<ExitCode>,
): Promise<ExitCode> {
  const access = natsAccess(options.nats, shell.env);
  let connection: NatsConnection | undefined;
  try {
    connection = await openNats(access, { isLasting });
    return await carryOut(createFleet({ connection, name: options.name, ...(provider && { provider }) }), connection);
  } catch (error) {
    return reportFleetError(error, shell, `fleet ${command}`);
  } finally {
    if (connection) await closeNats(connection);
  }
}

/** How what came of an errand is told. @param words - What its outcomes are called; all of them are what was wanted. */
export function wordsFor<Outcome extends string>(words: Readonly<Record<Outcome, string>>) {
  return {
    outcome: (outcome) => ({ code: exitCodes.completed, words: words[outcome] }),
    trouble: (error: RushesError) => ({ code: codeOfFleetError(error), words: wordsOf(error) }),
    stepAfter,
  } satisfies Partial<OutcomeTelling<Outcome>>;
}

/** The line that tells how the fleet stands. */
export function statusLine(options: FleetPlace): string {
  return shellLine(['rushes', 'fleet', 'status', ...placeOf(options)]);
}

/** The line that goes on with `tasks`. @param moreOf - What else it is given, also where the deadline has passed. */
export function goOnWith(
  command: string,
  options: TasksOfFleetOptions,
  moreOf: (isOutOfTime: boolean) => readonly string[] = () => [],
) {
  return (tasks: readonly TaskRef[], isOutOfTime = false): string => {
    const [{ provider } = { provider: '' }] = tasks;
    const ids = tasks.map(({ id }) => id);
    const args = [
      ...['--provider', provider],
      ...placeOf(options),
      ...moreOf(isOutOfTime),
      ...(options.json ? ['--json'] : []),
    ];
    // An id that begins with a dash would be taken for an option.
    const words = ids.some((id) => id.startsWith('-')) ? [...args, '--', ...ids] : [...ids, ...args];
    return shellLine(['rushes', 'fleet', command, ...words]);
  };
}

function placeOf({ nats, name }: FleetPlace): readonly string[] {
  return [...(nats === undefined ? [] : ['--nats', nats]), ...(name === usualFleetName ? [] : ['--name', name])];
}

/** Whose tasks are meant; their key is needed by workers only. */
function providerOf({ provider }: TasksOfFleetOptions, env: Shell['env']): string {
  if (provider !== undefined) return provider;
  const [sole, ...others] = providerNames.filter((name) => hasKey(name, env));
  if (sole !== undefined && others.length === 0) return sole;
  throw new WrongUsage(`say whose tasks they are with --provider ${providerNames.join(', ')}`);
}

/** Nothing is asked of it: it knows how long its tasks may take. */
function keylessProvider(name: string): Provider {
  const baseUrl = name === 'openai-compatible' ? 'http://127.0.0.1' : undefined;
  return openProvider(name, baseUrl, { [keyVariables[name] ?? '']: 'none' });
}
