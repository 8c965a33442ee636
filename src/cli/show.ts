import { connect, endWith, ignoreElements, merge, type Observable, takeLast, takeUntil, tap } from 'rxjs';
import { emptyBoard } from './board/board.js';
import { outcomeTable, withIds } from './board/outcome-table.js';
import { byId } from './board/row-style.js';
import { boardsOf, drawBoards, writeNews } from './board/show-board.js';
import type { Job } from './job.js';
import { jsonLine } from './json-line.js';
import type { Shell } from './shell.js';

/** Shows a job as its output wants it: as a board on a terminal, line by line on a plain one, as NDJSON elsewhere. */
export function show(job: Job, shell: Shell): Observable<unknown> {
  return isForPrograms(job, shell) ? asJson(job, shell) : asBoard(job, shell);
}

/** Whether `stdout` is read by a program. */
export function isForPrograms({ isJson }: Pick<Job, 'isJson'>, { stdout }: Pick<Shell, 'stdout'>): boolean {
  return isJson || !stdout.isTTY;
}

function asJson({ events, notices }: Job, shell: Shell): Observable<unknown> {
  const told = events.pipe(
    tap((event) => {
      if (event.kind !== 'saving') shell.stdout.write(jsonLine(event));
    }),
  );
  return besides(notices, told, shell);
}

function asBoard(
  { title, named, events, activity, notices, isSaving, awaiting }: Job,
  shell: Shell,
): Observable<unknown> {
  const { terminal, stdout } = shell;
  const write = (line: string) => stdout.write(`${line}\n`);
  const boards = boardsOf(events, activity, emptyBoard(Date.now(), named, { isSaving, awaiting }));
  const view = { title, hint: 'Ctrl-C stops the watching, not the tasks', style: byId };
  const shown = terminal.isLive
    ? boards.pipe(drawBoards(view, terminal, stdout, { notices, say: shell.say }))
    : besides(notices, boards.pipe(writeNews(write)), shell);
  return shown.pipe(
    takeLast(1),
    tap((board) => {
      for (const line of outcomeTable(board, terminal, withIds)) write(line);
    }),
  );
}

/** `main`; until it ends, what is noticed is said. */
function besides<T>(notices: Observable<string>, main: Observable<T>, { say }: Shell): Observable<T> {
  return main.pipe(
    connect((shared) => {
      const end = shared.pipe(ignoreElements(), endWith(undefined));
      return merge(notices.pipe(takeUntil(end), tap(say), ignoreElements()), shared);
    }),
  );
}
