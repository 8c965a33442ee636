import { type Command, InvalidArgumentError, Option } from 'commander';
import { durationOf } from './duration.js';
import { providerNames } from './provider-choice.js';

/** A duration as it was given, and what it is. */
export interface Duration {
  readonly text: string;
  readonly ms: number;
}

/** The options of all commands that are about tasks. */
export interface TaskOptions {
  readonly provider?: string;
  readonly baseUrl?: string;
  readonly json?: boolean;
  readonly download?: string;
  readonly overwrite?: boolean;
  readonly deadline?: Duration;
  readonly every?: Duration;
  /** `false` for none. */
  readonly ledger?: string | false;
}

/** What the options of a ledger do, in the words of a command's help. */
export interface LedgerWords {
  readonly one: string;
  readonly none: string;
}

const notesInLedger: LedgerWords = { one: 'note tasks in this ledger, not in the usual one', none: 'note nothing' };

/** For a command that only reads the ledger. */
export const showsLedger: LedgerWords = {
  one: 'show what this ledger has, not the usual one',
  none: 'show only the tasks that are named',
};

/** Adds the options that say whose tasks are meant, and how they are told of. */
export function withAccount(command: Command, ofLedger = notesInLedger): Command {
  return command
    .addOption(new Option('--provider <name>', 'whose task it is; the one whose key is set').choices(providerNames))
    .option('--base-url <url>', "another address than the provider's own")
    .option('--ledger <file>', ofLedger.one)
    .option('--no-ledger', ofLedger.none)
    .option('--json', 'one JSON event a line, as in a pipe');
}

/** Adds the options that say how tasks are watched, and what then happens to their videos. */
export function withWatching(command: Command, folder?: string): Command {
  const aboveZero = durationThat((ms) => ms > 0, `a number above 0 ${durationWords}`);
  return command
    .option('--download <dir>', 'save videos in this folder', folder)
    .option('--overwrite', 'replace files that are there already')
    .addOption(new Option('--deadline <time>', 'give up watching after this time').argParser(durationFrom('0s')))
    .addOption(new Option('--every <time>', 'ask this often, not as the provider advises').argParser(aboveZero));
}

/** Reads a number that is `accepted`. */
export function numberThat(accepted: (value: number) => boolean, expected: string): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!accepted(value)) throw new InvalidArgumentError(`Expected ${expected}.`);
    return value;
  };
}

const durationWords = 'with ms, s, m or h, such as 90s';

/** Reads a duration of at least `shortest`. */
export function durationFrom(shortest: string): (text: string) => Duration {
  const shortestMs = durationOf(shortest) ?? 0;
  const limit = shortestMs > 0 ? `, from ${shortest} on` : '';
  return durationThat((ms) => ms >= shortestMs, `a number ${durationWords}${limit}`);
}

function durationThat(accepted: (ms: number) => boolean, expected: string): (text: string) => Duration {
  return (text) => {
    const ms = durationOf(text);
    if (ms === undefined || !accepted(ms)) throw new InvalidArgumentError(`Expected ${expected}.`);
    return { text, ms };
  };
}

/** The options as arguments of a command that goes on with the same work. */
export function argumentsOf(options: TaskOptions): string[] {
  const { provider, baseUrl, json, download, overwrite, deadline, every, ledger } = options;
  const given = {
    '--provider': provider,
    '--base-url': baseUrl,
    '--download': download,
    '--deadline': deadline?.text,
    '--every': every?.text,
    '--ledger': ledger === false ? undefined : ledger,
  };
  return [
    ...Object.entries(given).flatMap(([flag, value]) => (value === undefined ? [] : [flag, value])),
    ...(overwrite ? ['--overwrite'] : []),
    ...(ledger === false ? ['--no-ledger'] : []),
    ...(json ? ['--json'] : []),
  ];
}
