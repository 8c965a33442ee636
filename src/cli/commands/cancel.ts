import {
  catchError,
  defer,
  endWith,
  firstValueFrom,
  from,
  ignoreElements,
  map,
  mergeMap,
  of,
  race,
  take,
  tap,
} from 'rxjs';
import { aboutTask } from '../../errors.js';
import type { CancelOutcome, RushesError, TaskRef } from '../../index.js';
import { clean } from '../board/cells.js';
import type { Terminal } from '../board/terminal.js';
import { wordsOf } from '../error-words.js';
import { type ExitCode, exitCodes, graver } from '../exit-code.js';
import { goOnById } from '../go-on.js';
import { jsonLine } from '../json-line.js';
import { nextStep } from '../next-step.js';
import type { TaskOptions } from '../options.js';
import { chosenProvider, openProvider } from '../provider-choice.js';
import { openSession } from '../session.js';
import { exitCodeOf, type Shell } from '../shell.js';
import { isForPrograms } from '../show.js';
import { givenTasks } from '../task-ids.js';

/** What became of the wish to cancel a task. */
export type Cancelled =
  | { readonly kind: 'cancel'; readonly task: TaskRef; readonly outcome: CancelOutcome }
  | { readonly kind: 'lost'; readonly task: TaskRef; readonly error: RushesError };

/** Asks for tasks to be given up, and tells what came of it. */
export async function cancel(ids: readonly string[], options: TaskOptions, shell: Shell): Promise<ExitCode> {
  const name = chosenProvider(options.provider, shell.env);
  const provider = openProvider(name, options.baseUrl, shell.env);
  const open = new Map<string, TaskRef>();
  let code: ExitCode = exitCodes.completed;
  const tasks = givenTasks(ids, name, shell, (problem) => {
    code = exitCodes.wrongUsage;
    shell.say(`rushes: ${problem}`);
  });
  const session = await openSession(options, shell);
  const forPrograms = isForPrograms({ isJson: options.json === true }, shell);
  const client = session.client(provider);
  const told = from(tasks.all).pipe(
    tap((task) => open.set(task.id, task)),
    mergeMap((task) =>
      defer(() => client.cancel(task)).pipe(
        map((outcome): Cancelled => ({ kind: 'cancel', task, outcome })),
        catchError((error: unknown) => of<Cancelled>({ kind: 'lost', task, error: aboutTask(error, task) })),
      ),
    ),
    tap((cancelled) => {
      open.delete(cancelled.task.id);
      code = graver(code, codeOf(cancelled));
      shell.stdout.write(forPrograms ? jsonLine(cancelled) : `${lineOf(cancelled, name, shell.terminal)}\n`);
    }),
    ignoreElements(),
    endWith('over' as const),
  );
  const left = shell.readerLeft.pipe(map(() => 'left' as const));
  try {
    const end = await firstValueFrom(race(left, shell.signals.pipe(take(1)), told));
    if (end === 'left') return exitCodes.completed;
    if (end === 'over') return code;
    const goOn = goOnById('cancel', options, name);
    const again =
      open.size > 0 ? `\nNobody knows yet what came of some. Go on with:\n  ${goOn([...open.values()])}` : '';
    shell.say(`Interrupted.${again}`);
    return exitCodeOf(end);
  } finally {
    await session.close();
  }
}

/** What an outcome means: a task that goes on was not cancelled, which is a failure of what was asked. */
function codeOf(cancelled: Cancelled): ExitCode {
  if (cancelled.kind === 'lost') return exitCodes.unknown;
  return cancelled.outcome === 'cancelled' ? exitCodes.completed : exitCodes.failed;
}

function lineOf(cancelled: Cancelled, provider: string, { paint }: Terminal): string {
  const id = clean(cancelled.task.id);
  if (cancelled.kind === 'lost') {
    const words = [`${cancelled.error.code}: ${wordsOf(cancelled.error)}.`, nextStep(cancelled.error, 'cancel')];
    return `${paint('magenta', '?')} ${id}  ${clean(words.filter(Boolean).join(' '))}`;
  }
  switch (cancelled.outcome) {
    case 'cancelled':
      return `${paint('green', '✓')} ${id}  cancelled`;
    case 'too-late':
      return `${paint('red', '✗')} ${id}  too late: it has begun, or ended`;
    case 'unsupported':
      return `${paint('red', '✗')} ${id}  ${provider} has no documented way to cancel`;
  }
}
