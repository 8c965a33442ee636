import { isFailure, isTerminal } from '../index.js';
import type { JobEvent } from './job-event.js';

/** What a command tells whoever started it; 128 and more is the number of the signal that ended it. */
export type ExitCode = number;

/** The exit codes that are not signals. */
export const exitCodes = Object.freeze({ completed: 0, failed: 1, wrongUsage: 2, unknown: 3 } as const);

const { completed, failed, wrongUsage, unknown } = exitCodes;

/** Which code counts where several are true: a signal, then wrong usage, then an unknown fate, then a failure. */
export function graver(a: ExitCode, b: ExitCode): ExitCode {
  return gravity(a) >= gravity(b) ? a : b;
}

function gravity(code: ExitCode): number {
  const order: readonly ExitCode[] = [completed, failed, unknown, wrongUsage];
  const place = order.indexOf(code);
  return place < 0 ? order.length : place;
}

/** What a piece of news of a task means for the exit code. */
export function codeOf(event: JobEvent): ExitCode {
  switch (event.kind) {
    case 'snapshot':
      return isTerminal(event.snapshot) ? (isFailure(event.snapshot) ? failed : completed) : unknown;
    case 'lost':
      return event.error.code === 'INVALID_ARGUMENT' ? wrongUsage : unknown;
    case 'saved':
      return completed;
    case 'saving':
    case 'download-failed':
      return unknown;
  }
}
