import { createLogUpdate } from 'log-update';
import {
  asyncScheduler,
  connect,
  defer,
  distinctUntilChanged,
  endWith,
  filter,
  finalize,
  ignoreElements,
  interval,
  type MonoTypeOperatorFunction,
  map,
  merge,
  type Observable,
  scan,
  startWith,
  takeUntil,
  tap,
  timestamp,
} from 'rxjs';
import { type Activity, summarize, type TaskEvent } from '../../index.js';
import type { JobEvent } from '../job-event.js';
import { type Board, hear, type News } from './board.js';
import { frame, stepMs, type View } from './frame.js';
import { plainLine } from './plain-line.js';
import type { Terminal } from './terminal.js';

/** The board after each piece of news, until the events end. It also hears what clients do to learn of them. */
export function boardsOf(
  events: Observable<JobEvent>,
  activity: Observable<Activity>,
  board: Board,
): Observable<Board> {
  return events.pipe(
    connect((shared): Observable<News> => {
      const end = shared.pipe(ignoreElements(), endWith(undefined));
      const counts = shared.pipe(
        filter((event): event is TaskEvent => event.kind === 'snapshot' || event.kind === 'lost'),
        summarize(),
        map((summary) => ({ kind: 'summary', summary }) as const),
      );
      return merge(activity.pipe(takeUntil(end)), shared, counts);
    }),
    timestamp(),
    scan((known, { value, timestamp }) => hear(known, value, timestamp), board),
    startWith(board),
    distinctUntilChanged(),
  );
}

/** What is said beside a board, and how. */
export interface Asides {
  readonly notices: Observable<string>;
  say(notice: string): void;
}

/** Draws each board over the last and keeps it moving; in the end it makes room for what follows. */
export function drawBoards(
  view: View,
  terminal: Terminal,
  stream: NodeJS.WriteStream,
  { notices, say }: Asides,
): MonoTypeOperatorFunction<Board> {
  return (boards) =>
    defer(() => {
      const draw = createLogUpdate(stream);
      let latest: Board | undefined;
      let height = 0;
      const redraw = () => {
        if (!latest) return;
        const lines = frame(view, latest, terminal, asyncScheduler.now());
        // Where a line is added above lines that stay, log-update overwrites those instead of moving them.
        if (lines.length !== height) draw.clear();
        height = lines.length;
        draw(lines.join('\n'));
      };
      const moving = interval(stepMs).subscribe(redraw);
      moving.add(
        notices.subscribe((notice) => {
          draw.clear();
          say(notice);
          redraw();
        }),
      );
      return boards.pipe(
        tap({
          next: (board) => {
            const isFirst = latest === undefined;
            latest = board;
            if (isFirst) redraw();
          },
          error: () => draw.clear(),
          complete: () => draw.clear(),
          unsubscribe: redraw,
        }),
        finalize(() => {
          moving.unsubscribe();
          draw.done();
        }),
      );
    });
}

/** Writes one line for each piece of news. */
export function writeNews(write: (line: string) => void): MonoTypeOperatorFunction<Board> {
  return tap((board) => {
    const line = plainLine(board);
    if (line !== undefined) write(line);
  });
}
