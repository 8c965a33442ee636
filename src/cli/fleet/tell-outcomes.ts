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
import type { RushesError, TaskRef } from '../../index.js';
import { clean } from '../board/cells.js';
import type { Terminal } from '../board/terminal.js';
import { wordsOf } from '../error-words.js';
import { type ExitCode, exitCodes, graver } from '../exit-code.js';
import { jsonLine } from '../json-line.js';
import { exitCodeOf, type Shell } from '../shell.js';
import { isForPrograms } from '../show.js';
import type { GivenTasks } from '../task-ids.js';
import { codeOfFleetError, stepAfter } from './trouble.js';

/** What a fleet is asked to do with tasks, each for itself. */
export interface Errand<Outcome extends string> {
  readonly kind: 'submit' | 'forget';
  readonly tasks: GivenTasks;
  readonly json?: boolean | undefined;
  /** How each outcome is told to people. */
  readonly words: Readonly<Record<Outcome, string>>;
  carryOut(task: TaskRef): Promise<Outcome>;
  /** The command that does the rest. */
  goOn(tasks: readonly TaskRef[]): string;
}

/** What became of it for one task. */
export type Told<Outcome> =
  | { readonly kind: 'submit' | 'forget'; readonly task: TaskRef; readonly outcome: Outcome }
  | { readonly kind: 'lost'; readonly task: TaskRef; readonly error: RushesError };

/** Tasks that are asked about at once. */
const AT_ONCE = 64;

/** Carries an errand out, and tells what came of it. */
export async function tellOutcomes<Outcome extends string>(errand: Errand<Outcome>, shell: Shell): Promise<ExitCode> {
  const { kind, tasks, json = false, words, goOn } = errand;
  const forPrograms = isForPrograms({ isJson: json }, shell);
  const open = new Map<string, TaskRef>();
  let code: ExitCode = exitCodes.completed;
  let failure: RushesError | undefined;
  const told = from(tasks.all).pipe(
    tap((task) => open.set(task.id, task)),
    mergeMap(
      (task) =>
        defer(() => errand.carryOut(task)).pipe(
          map((outcome): Told<Outcome> => ({ kind, task, outcome })),
          catchError((error: unknown) => of<Told<Outcome>>({ kind: 'lost', task, error: aboutTask(error, task) })),
        ),
      AT_ONCE,
    ),
    tap((each) => {
      open.delete(each.task.id);
      if (each.kind === 'lost') {
        failure ??= each.error;
        code = graver(code, codeOfFleetError(each.error));
      }
      shell.stdout.write(forPrograms ? jsonLine(each) : `${lineOf(each, words, shell.terminal)}\n`);
    }),
    ignoreElements(),
    endWith('over' as const),
  );
  const left = shell.readerLeft.pipe(map(() => 'left' as const));
  const end = await firstValueFrom(race(left, shell.signals.pipe(take(1)), told));
  if (end === 'left') return exitCodes.completed;
  if (end === 'over') {
    const step = failure && stepAfter(failure);
    if (step !== undefined) shell.say(step);
    return code;
  }
  const again = open.size > 0 ? `\nNobody knows yet what came of some. Go on with:\n  ${goOn([...open.values()])}` : '';
  shell.say(`Interrupted.${again}`);
  return exitCodeOf(end);
}

function lineOf<Outcome extends string>(
  told: Told<Outcome>,
  words: Readonly<Record<Outcome, string>>,
  { paint }: Terminal,
): string {
  const id = clean(told.task.id);
  if (told.kind !== 'lost') return `${paint('green', '✓')} ${id}  ${words[told.outcome]}`;
  return `${paint('magenta', '?')} ${id}  ${clean(`${told.error.code}: ${wordsOf(told.error)}`)}`;
}
