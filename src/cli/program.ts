import { Command, CommanderError } from 'commander';
import { cancel } from './commands/cancel.js';
import { type DemoOptions, demo } from './commands/demo.js';
import { type ResumeOptions, resume } from './commands/resume.js';
import { type RunOptions, run } from './commands/run.js';
import { type ServeOptions, serve } from './commands/serve.js';
import { type SimulateOptions, simulate } from './commands/simulate.js';
import { watch } from './commands/watch.js';
import { type ExitCode, exitCodes } from './exit-code.js';
import { addFleet } from './fleet/fleet-program.js';
import { type Finding, findingOf } from './ledger/settlements.js';
import { numberThat, showsLedger, type TaskOptions, withAccount, withWatching } from './options.js';
import { keyVariables } from './provider-choice.js';
import { codeOfError, reportError } from './report-error.js';
import type { Shell } from './shell.js';
import { version } from './version.js';

const HELP_COLUMNS = 80;

const IDS = 'task ids; - reads them from stdin, a line each';

/**
 * Carries out the command that `args` are, and gives its exit code. It never rejects: what goes wrong is said on
 * standard error.
 */
export async function rushes(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const program = new Command('rushes');
  let code: ExitCode = exitCodes.completed;
  let name = '';
  /** A command's action, from what it does with what it was given. */
  const does =
    <Given extends unknown[]>(carryOut: (...given: Given) => Promise<ExitCode>) =>
    async (...given: unknown[]): Promise<void> => {
      name = pathOf(given.at(-1) as Command);
      code = await carryOut(...(given.slice(0, -1) as Given));
    };

  program
    .description('Make AI videos, watch them until they are done, and lose none.')
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .helpCommand(false)
    .addHelpText('after', afterwords())
    .configureHelp({
      helpWidth: HELP_COLUMNS,
      subcommandTerm: (command) => [command.name(), command.usage().replace('[options]', '').trim()].join(' '),
    })
    .configureOutput({
      writeOut: (text) => shell.stdout.write(text),
      writeErr: (text) => shell.say(text.trimEnd()),
      outputError: (text) => shell.say(text.trimEnd().replace(/^error: /, 'rushes: ')),
    })
    .exitOverride();

  const runs = program
    .command('run <prompt>')
    .description('Make a video with one POST, and watch it.')
    .requiredOption('--model <name>', 'which model makes it')
    .option('--seconds <n>', 'how long it is', numberThat(isPositive, 'a number above 0'))
    .option('--size <size>', 'frame size, such as 1280x720')
    .option('--resolution <name>', 'such as 720p')
    .option('--ratio <ratio>', 'aspect ratio, such as 16:9')
    .option('--input <file>', 'an image to start from')
    .option('--idempotency-key <key>', 'your name for it: made once, then only watched')
    .addHelpText('after', example("rushes run 'A paper boat at dusk' --model doubao-seedance-2-0"))
    .action(does((prompt: string, options: RunOptions) => run(prompt, options, shell)));

  const watches = program
    .command('watch')
    .argument('<id...>', IDS)
    .description('Watch tasks until they have ended.')
    .addHelpText('after', example('rushes watch task_abc123 --download videos'))
    .action(does((ids: string[], options: TaskOptions) => watch('watch', ids, options, shell)));

  const downloads = program
    .command('download')
    .argument('<id...>', IDS)
    .description('Wait for tasks, and save their videos.')
    .addHelpText('after', example('rushes download task_abc123 --download videos'))
    .action(does((ids: string[], options: TaskOptions) => watch('download', ids, options, shell)));

  const cancels = program
    .command('cancel')
    .argument('<id...>', IDS)
    .description('Give queued tasks up, where their provider can.')
    .addHelpText('after', example('rushes cancel cgt-20251122-abcde --provider ark'))
    .action(does((ids: string[], options: TaskOptions) => cancel(ids, options, shell)));

  const resumes = program
    .command('resume')
    .description('Go on with all that was created here and has not ended.')
    .option(
      '--settle <key=found>',
      'close an ambiguous create: KEY=not-created, KEY=abandoned or KEY=TASK_ID; may be repeated',
      (text, findings: readonly Finding[] = []) => [...findings, findingOf(text)],
    )
    .addHelpText('after', example('rushes resume --download videos'))
    .action(does((options: ResumeOptions) => resume(options, shell)));

  const serves = program
    .command('serve')
    .argument('[id...]', IDS)
    .description('Show tasks on a page: those named, and all that the ledger has.')
    .option('--port <n>', 'where; 0 is any that is free', numberThat(isPort, 'a whole number from 0 to 65535'), 0)
    .option('--host <host>', 'the address to listen at', '127.0.0.1')
    .option('--expose', 'let other machines reach it, where --host is for them')
    .addHelpText('after', example('rushes serve --port 4173'))
    .action(does((ids: string[], options: ServeOptions) => serve(ids, options, shell)));

  program
    .command('simulate')
    .description('Serve a simulator of the providers, to try things out.')
    .option('--port <n>', 'where; 0 is any that is free', numberThat(isPort, 'a whole number from 0 to 65535'), 0)
    .option('--speed <x>', 'how many times as fast tasks are', numberThat(isPositive, 'a number above 0'), 1)
    .option('--json', 'one JSON line for each provider, as in a pipe')
    .addHelpText('after', example('rushes simulate --port 8080 --speed 20'))
    .action(does((options: SimulateOptions) => simulate(options, shell)));

  program
    .command('demo')
    .description('Watch a dozen tasks of a simulator in which much goes wrong.')
    .option('--board', 'on a page, slower, until Ctrl-C')
    .addHelpText('after', example('rushes demo --board'))
    .action(does((options: DemoOptions) => demo(options, shell)));

  addFleet(program, does, example, shell);

  program
    .command('help [command...]')
    .description('Print the help of a command.')
    .helpOption(false)
    .action((about: readonly string[] = []) => {
      const command = about.reduce<Command | undefined>(
        (within, name) => within?.commands.find((known) => known.name() === name),
        program,
      );
      if (!command) return program.error(`error: unknown command '${about.join(' ')}'`);
      command.outputHelp();
    });

  for (const command of [runs, watches, downloads, cancels, resumes]) withAccount(command);
  withAccount(serves, showsLedger);
  for (const command of [runs, watches, resumes]) withWatching(command);
  withWatching(downloads, '.');
  for (const command of program.commands.flatMap((each) => [each, ...each.commands]))
    command.showHelpAfterError(`See: rushes ${pathOf(command)} --help`);
  program.showHelpAfterError('See: rushes --help');

  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.completed : exitCodes.wrongUsage;
    reportError(error, shell, name);
    return codeOfError(error);
  }
}

/** A command's names below `rushes`. */
function pathOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${pathOf(parent)} ${command.name()}` : command.name();
}

function afterwords(): string {
  const keys = Object.entries(keyVariables).map(([provider, variable]) => `  ${provider.padEnd(19)}${variable}`);
  return `
Keys come from the environment; with _FILE after its name, a variable names a
file that holds the key:
${keys.join('\n')}

Exit codes: 0 all completed, 1 something failed or was refused, 2 wrong usage,
3 something is unknown, 130 interrupted.
${example('COMETAPI_KEY=… rushes watch task_abc123')}`;
}

function example(line: string): string {
  return `\nExample:\n  ${line}`;
}

function isPositive(value: number): boolean {
  return value > 0 && Number.isFinite(value);
}

function isPort(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 65_535;
}
