import { isRushesError, scrub } from '../../errors.js';
import { type FleetConfigError, isFleetConfig } from '../../fleet/streams/difference.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import { codeOfError, reportError } from '../report-error.js';
import type { Shell } from '../shell.js';

/** What NATS would not do, and what is to be done about it. */
export class NatsTrouble extends Error {
  constructor(
    message: string,
    readonly step: string,
    readonly exitCode: ExitCode,
  ) {
    super(message);
  }
}

/** Says what stopped a command of a fleet, and what to do about it. @returns What that means for the exit code. */
export function reportFleetError(error: unknown, shell: Pick<Shell, 'say'>, command: string): ExitCode {
  if (isFleetConfig(error)) shell.say(listed(error, command));
  else reportError(error, shell, command, stepAfter(error));
  return codeOfFleetError(error);
}

/** What an error means: where NATS did not answer, nobody knows what it did. */
export function codeOfFleetError(error: unknown): ExitCode {
  if (error instanceof NatsTrouble) return error.exitCode;
  return isRushesError(error) && error.code === 'UNAVAILABLE' ? exitCodes.unknown : codeOfError(error);
}

/** What to do about an error of a fleet; `undefined` where its code tells it, or nothing does. */
export function stepAfter(error: unknown): string | undefined {
  if (error instanceof NatsTrouble) return error.step;
  if (!isRushesError(error) || error.code !== 'UNAVAILABLE') return undefined;
  if (error.message.includes('no streams yet')) return 'Is it called so? Name another with --name.';
  return 'Check NATS, and whether its JetStream is on; then try again.';
}

/** Differences, a line each, and what to do about them. */
function listed({ lines, advice }: FleetConfigError, command: string): string {
  const title = command === 'fleet upgrade' ? 'this is not changed' : 'this is not the fleet that is there';
  return [`rushes: ${title}:`, ...lines.map((line) => `  ${scrub(line)}`), scrub(advice)].join('\n');
}
