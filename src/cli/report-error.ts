import { type ErrorCode, isRushesError } from '../index.js';
import { wordsOf } from './error-words.js';
import { type ExitCode, exitCodes } from './exit-code.js';
import { nextStep } from './next-step.js';
import type { Shell } from './shell.js';
import { WrongUsage } from './wrong-usage.js';

/**
 * Says what stopped a command, in a sentence, and what to do about it.
 *
 * @param step - What there is to do that its code does not tell.
 */
export function reportError(error: unknown, { say }: Pick<Shell, 'say'>, command: string, step?: string): void {
  const isUsage = codeOfError(error) === exitCodes.wrongUsage;
  const next = isUsage ? `See: rushes ${command && `${command} `}--help` : (step ?? nextStep(error, command));
  say(`rushes: ${wordsOf(error)}${next === undefined ? '' : `\n${next}`}`);
}

/** What an error that stopped a command means: it was given wrongly, something is in the dark, or nothing was made. */
export function codeOfError(error: unknown): ExitCode {
  if (error instanceof WrongUsage) return exitCodes.wrongUsage;
  if (!isRushesError(error)) return exitCodes.unknown;
  if (error.code === 'INVALID_ARGUMENT') return exitCodes.wrongUsage;
  return inTheDark.has(error.code) ? exitCodes.unknown : exitCodes.failed;
}

/** Nobody refused anything: it is not known what was made, or it could not be noted. */
const inTheDark: ReadonlySet<ErrorCode> = new Set(['CREATE_AMBIGUOUS', 'LEDGER_FAILED']);
