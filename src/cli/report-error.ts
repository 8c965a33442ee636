import { isRushesError } from '../index.js';
import { nextStep, wordsOf } from './error-words.js';
import { type ExitCode, exitCodes } from './exit-code.js';
import type { Shell } from './shell.js';
import { WrongUsage } from './wrong-usage.js';

/** Says what stopped a command, in a sentence, and what to do about it. */
export function reportError(error: unknown, { say }: Pick<Shell, 'say'>, command = ''): void {
  const isUsage = codeOfError(error) === exitCodes.wrongUsage;
  const step = isUsage ? `See: rushes ${command && `${command} `}--help` : nextStep(error);
  say(`rushes: ${wordsOf(error)}${step === undefined ? '' : `\n${step}`}`);
}

/** What an error that stopped a command means: it was given wrongly, something is in the dark, or nothing was made. */
export function codeOfError(error: unknown): ExitCode {
  if (error instanceof WrongUsage) return exitCodes.wrongUsage;
  if (!isRushesError(error)) return exitCodes.unknown;
  if (error.code === 'INVALID_ARGUMENT') return exitCodes.wrongUsage;
  return error.code === 'CREATE_AMBIGUOUS' ? exitCodes.unknown : exitCodes.failed;
}
