import { createLogUpdate } from 'log-update';
import { asyncScheduler, defer, finalize, type MonoTypeOperatorFunction, map, of, switchMap, tap, timer } from 'rxjs';
import { type Board, isOver } from './board.js';
import { frame, stepMs } from './frame.js';
import { plainLine } from './plain-line.js';
import type { Terminal } from './terminal.js';

/** Draws each board over the last, and keeps it moving, until it is over; then it makes room for what follows. */
export function drawBoards(
  title: string,
  terminal: Terminal,
  stream: NodeJS.WriteStream,
): MonoTypeOperatorFunction<Board> {
  return (boards) =>
    defer(() => {
      const draw = createLogUpdate(stream);
      let height = 0;
      return boards.pipe(
        switchMap((board) => (isOver(board) ? of(board) : timer(0, stepMs).pipe(map(() => board)))),
        tap({
          next: (board) => {
            const lines = frame(title, board, terminal, asyncScheduler.now());
            // Where a line is added above lines that stay, log-update overwrites those instead of moving them.
            if (lines.length !== height) draw.clear();
            height = lines.length;
            draw(lines.join('\n'));
          },
          complete: () => draw.clear(),
        }),
        finalize(() => draw.done()),
      );
    });
}

/** Writes one line for each piece of news. */
export function writeNews({ columns }: Terminal, write: (line: string) => void): MonoTypeOperatorFunction<Board> {
  return tap((board) => {
    const line = plainLine(board, columns);
    if (line !== undefined) write(line);
  });
}
