import { endWith, firstValueFrom, ignoreElements, map, of, race, skip, switchMap, take, tap } from 'rxjs';
import { type ExitCode, exitCodes, graver } from './exit-code.js';
import type { Job } from './job.js';
import { afterInterruption, afterwards } from './last-words.js';
import { codeOfError, reportError } from './report-error.js';
import { type EndSignal, exitCodeOf, type Shell } from './shell.js';
import { show } from './show.js';
import { Standings } from './standings.js';

/** Carries out a job until it is over, a signal comes, or nobody reads what it writes. */
export async function conduct(job: Job, shell: Shell): Promise<ExitCode> {
  const standings = new Standings(job.named, job.isSaving);
  const events = job.events.pipe(tap((event) => standings.hear(event)));
  let interruption: EndSignal | undefined;
  const stopped = shell.signals.pipe(
    take(1),
    tap((signal) => {
      interruption = signal;
    }),
    // A second one waits for nothing.
    switchMap(() => race(job.holdOn?.() ?? of(undefined), shell.signals.pipe(skip(1)))),
    map(() => 'stopped' as const),
  );
  const over = show({ ...job, events }, shell).pipe(ignoreElements(), endWith('over' as const));
  const left = shell.readerLeft.pipe(map(() => 'left' as const));
  let code: ExitCode = exitCodes.completed;
  try {
    if ((await firstValueFrom(race(left, stopped, over))) === 'left') return exitCodes.completed;
  } catch (error) {
    reportError(error, shell, job.command, job.stepAfter?.(error));
    code = codeOfError(error);
  }
  if (interruption) {
    // What the terminal echoes for Ctrl-C has a line of its own.
    shell.say(`${shell.terminal.isLive ? '\n' : ''}${afterInterruption(standings.all, job)}`);
    return exitCodeOf(interruption);
  }
  const words = afterwards(standings.all, job);
  if (words !== undefined) shell.say(words);
  return graver(code, standings.exitCode);
}
