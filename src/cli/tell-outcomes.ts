import {
  catchError,
  defer,
  endWith,
  firstValueFrom,
  from,
  ignoreElements,
  map,
  mergeMap,
  type Observable,
  of,
  race,
  take,
  tap,
} from 'rxjs';
import { aboutTask } from '../errors.js';
import type { RushesError, TaskRef } from '../index.js';
import { clean } from './board/cells.js';
import type { Terminal } from './board/terminal.js';
import { type ExitCode, exitCodes, graver } from './exit-code.js';
import { jsonLine } from './json-line.js';
import { exitCodeOf, type Shell } from './shell.js';
import { isForPrograms } from './show.js';
import type { GivenTasks } from './task-ids.js';

/** What is done with tasks, each for itself. */
export interface Errand<Outcome extends string> {
  readonly kind: 'cancel' | 'submit' | 'forget';
  readonly tasks: GivenTasks;
  carryOut(task: TaskRef): Promise<Outcome>;
}

/** How an errand is told. */
export interface OutcomeTelling<Outcome extends string> {
  readonly json?: boolean | undefined;
  outcome(outcome: Outcome): Meaning;
  trouble(error: RushesError): Meaning;
  /** What to do about the first trouble, said once when all is over. */
  stepAfter?(error: RushesError): string | undefined;
  /** What was given counts for the exit code too, where nothing else sees to it. */
  codeOfGiven?(): ExitCode;
  /** The command that does the rest. */
  goOn(tasks: readonly TaskRef[]): string;
}

/** What became of an errand for one task: for the exit code, and in words for people. */
export interface Meaning {
  readonly code: ExitCode;
  readonly words: string;
}

/** What became of an errand for one task, for programs. */
export type Told<Outcome> =
  | { readonly kind: Errand<string>['kind']; readonly task: TaskRef; readonly outcome: Outcome }
  | { readonly kind: 'lost'; readonly task: TaskRef; readonly error: RushesError };

/** Tasks that an errand is carried out for at once. */
const AT_ONCE = 64;

/** Carries an errand out, for so many tasks at once. Trouble is of its task only. */
export function outcomesOf<Outcome extends string>(
  errand: Errand<Outcome>,
  tasks: Observable<TaskRef>,
): Observable<Told<Outcome>> {
  const { kind } = errand;
  return tasks.pipe(
    mergeMap(
      (task) =>
        defer(() => errand.carryOut(task)).pipe(
          map((outcome): Told<Outcome> => ({ kind, task, outcome })),
          catchError((error: unknown) => of<Told<Outcome>>({ kind: 'lost', task, error: aboutTask(error, task) })),
        ),
      AT_ONCE,
    ),
  );
}

/** Carries an errand out, and tells what came of it. */
export async function tellOutcomes<Outcome extends string>(
  errand: Errand<Outcome>,
  telling: OutcomeTelling<Outcome>,
  shell: Shell,
): Promise<ExitCode> {
  const forPrograms = isForPrograms({ isJson: telling.json === true }, shell);
  const open = new Map<string, TaskRef>();
  let code: ExitCode = exitCodes.completed;
  let failure: RushesError | undefined;
  const tasks = from(errand.tasks.all).pipe(tap((task) => open.set(task.id, task)));
  const told = outcomesOf(errand, tasks).pipe(
    tap((each) => {
      open.delete(each.task.id);
      if (each.kind === 'lost') failure ??= each.error;
      const meaning = each.kind === 'lost' ? telling.trouble(each.error) : telling.outcome(each.outcome);
      code = graver(code, meaning.code);
      shell.stdout.write(forPrograms ? jsonLine(each) : `${lineOf(each, meaning, shell.terminal)}\n`);
    }),
    ignoreElements(),
    endWith('over' as const),
  );
  const left = shell.readerLeft.pipe(map(() => 'left' as const));
  const end = await firstValueFrom(race(left, shell.signals.pipe(take(1)), told));
  if (end === 'left') return exitCodes.completed;
  if (end === 'over') {
    const step = failure && telling.stepAfter?.(failure);
    if (step !== undefined) shell.say(step);
    return graver(code, telling.codeOfGiven?.() ?? exitCodes.completed);
  }
  const again =
    open.size > 0 ? `\nNobody knows yet what came of some. Go on with:\n  ${telling.goOn([...open.values()])}` : '';
  shell.say(`Interrupted.${again}`);
  return exitCodeOf(end);
}

function lineOf<Outcome>(told: Told<Outcome>, { code, words }: Meaning, { paint }: Terminal): string {
  const id = clean(told.task.id);
  if (told.kind === 'lost') return `${paint('magenta', '?')} ${id}  ${clean(`${told.error.code}: ${words}`)}`;
  return `${code === exitCodes.completed ? paint('green', '✓') : paint('red', '✗')} ${id}  ${clean(words)}`;
}
