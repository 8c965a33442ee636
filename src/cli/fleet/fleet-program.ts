import { type Command, Option } from 'commander';
import type { ExitCode } from '../exit-code.js';
import { durationFrom, numberThat } from '../options.js';
import type { Shell } from '../shell.js';
import { WrongUsage } from '../wrong-usage.js';
import {
  comparedWords,
  isCount,
  type StandingOptions,
  type SubmitOptions,
  type TasksOfFleetOptions,
  type WorkerOptions,
  withPlace,
  withProvider,
  withSettings,
} from './fleet-options.js';

/** A command's action, from what it does with what it was given. */
export type Does = <Given extends unknown[]>(
  carryOut: (...given: Given) => Promise<ExitCode>,
) => (...given: unknown[]) => Promise<void>;

const IDS = 'task ids; - reads them from stdin, a line each';

/** Adds `rushes fleet` and its commands. @param example - Words after a command's help. */
export function addFleet(program: Command, does: Does, example: (line: string) => string, shell: Shell): void {
  const fleet = program
    .command('fleet')
    .usage('<command>')
    .description('Watch tasks on many machines, over NATS JetStream.')
    .helpCommand(false)
    .addHelpText('after', `${identity}\n${example('rushes fleet submit task_abc123 --provider cometapi')}`);

  const worker = fleet
    .command('worker')
    .description('Ask about the tasks of a fleet until a signal comes, then end what is begun.')
    .option('--base-url <url>', "another address than the provider's own")
    .addOption(
      new Option('--every <time>', 'ask this often, not as the provider advises').argParser(durationFrom('1ms')),
    )
    .option('--concurrency <n>', 'requests at once (32)', numberThat(isCount, 'a whole number, 1 or more'))
    .option('--per-second <n>', 'requests that the whole fleet may start', numberThat(isPositive, 'a number above 0'))
    .option(
      '--workers <n>',
      'how many workers share those of --per-second',
      numberThat(isCount, 'a whole number, 1 or more'),
    )
    .option('--health <port>', 'answer GET /healthz there, on 127.0.0.1', numberThat(isPort, '0 to 65535'))
    .addHelpText('after', example('COMETAPI_KEY=… rushes fleet worker --per-second 10 --workers 3'))
    .action(does(async (options: WorkerOptions) => (await commands()).worker(options, shell)));

  const submits = fleet
    .command('submit')
    .argument('<id...>', IDS)
    .description('Let the fleet watch tasks. No key is needed.')
    .addOption(new Option('--deadline <time>', 'give up watching after this time').argParser(durationFrom('0s')))
    .option('--watch', 'follow them to their end')
    .addHelpText('after', example('rushes fleet submit task_abc123 --provider cometapi --watch'))
    .action(does(async (ids: string[], options: SubmitOptions) => (await commands()).submit(ids, options, shell)));

  const forgets = fleet
    .command('forget')
    .argument('<id...>', IDS)
    .description('Let the fleet watch tasks no more; they themselves go on. No key is needed.')
    .addHelpText('after', example('rushes fleet forget task_abc123 --provider cometapi'))
    .action(
      does(async (ids: string[], options: TasksOfFleetOptions) => (await commands()).forget(ids, options, shell)),
    );

  const status = fleet
    .command('status')
    .description('Tell how a fleet stands, by its server and all its workers.')
    .addHelpText('after', example('rushes fleet status --json | jq .lateMs.p99'))
    .action(does(async (options: StandingOptions) => (await commands()).status(options, shell)));

  const upgrade = fleet
    .command('upgrade')
    .description('Change what the server was set up with to what the options say. Stop all workers before.')
    .addHelpText('after', example('rushes fleet upgrade --shards 16'))
    .action(does(async (options: StandingOptions) => (await commands()).upgrade(options, shell)));

  for (const command of [worker, submits, forgets]) withProvider(command);
  withPlace(worker, 'its figures as a JSON line each, as in a pipe');
  withPlace(submits, 'one JSON line for each task, as in a pipe');
  withPlace(forgets, 'one JSON line for each task, as in a pipe');
  withPlace(status, 'one JSON line, as in a pipe');
  withPlace(upgrade, 'one JSON line, as in a pipe');
  for (const command of [worker, upgrade]) withSettings(command);
  withSettings(status, comparedWords);
}

const identity = `
Who we are to NATS comes from the environment: NATS_CREDS names a file of
credentials; or NATS_USER and NATS_PASSWORD; or NATS_TOKEN. With _FILE after
their names, the last two name a file that holds it.`;

/** Loaded when they are needed: without NATS, all else works. */
async function commands(): Promise<typeof import('./commands.js')> {
  try {
    return await import('./commands.js');
  } catch (error) {
    const { code, message } = Object(error);
    if (code !== 'ERR_MODULE_NOT_FOUND' || !String(message).includes('@nats-io/')) throw error;
    throw new WrongUsage(
      'a fleet needs the client of NATS beside rushes: ' +
        'npm install @nats-io/jetstream @nats-io/transport-node (with -g where rushes is global)',
    );
  }
}

function isPositive(value: number): boolean {
  return value > 0 && Number.isFinite(value);
}

function isPort(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 65_535;
}
