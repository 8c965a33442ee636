import { concatMap, firstValueFrom, from, map, NEVER, race, takeLast } from 'rxjs';
import { emptyBoard } from '../board/board.js';
import { wrap } from '../board/cells.js';
import { outcomeSummary, outcomeTable, withHandles } from '../board/outcome-table.js';
import { byModel } from '../board/row-style.js';
import { boardsOf, drawBoards, writeNews } from '../board/show-board.js';
import { scenes } from '../demo-script.js';
import { demoStudio } from '../demo-studio.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import { demoBoard } from '../serve/demo-board.js';
import { exitCodeOf, type Shell } from '../shell.js';

const NEXT = 'Read next: docs/guides/one-task.md in the repository, or try: rushes simulate';

/** How many times as fast the tasks are as real ones. */
const SPEED = 20;

/** What `rushes demo` takes. */
export interface DemoOptions {
  /** On a page. */
  readonly board?: boolean;
}

/** A dozen tasks of three providers against a simulator, with what usually goes wrong. */
export function demo({ board = false }: DemoOptions, shell: Shell): Promise<ExitCode> {
  return board ? demoBoard(shell) : onTerminal(shell);
}

async function onTerminal({ stdout, terminal, signals, readerLeft, say }: Shell): Promise<ExitCode> {
  // 1. The vendors' APIs on this machine, and one client for three accounts.
  const { sim, client } = await demoStudio(SPEED);

  // 2. A dozen tasks. Each create is one POST, never two; its answer is the task's first snapshot, and names it.
  const tasks = from(scenes).pipe(concatMap(({ provider, input }) => client.create(input, { provider })));

  // 3. All of them as one stream: what providers say, and which watches are lost. No task's trouble ends another's watch.
  const events = client.watchAll(tasks);

  // 4. A board that hears of the tasks, their number, and what the client does to learn of them.
  const boards = boardsOf(events, client.activity, emptyBoard(Date.now()));

  // 5. Bars on a terminal, lines elsewhere. Ctrl-C unsubscribes, and that stops everything.
  const write = (line: string) => stdout.write(`${line}\n`);
  const view = { title: 'rushes: 12 tasks, 3 providers, 1 client', style: byModel };
  const show = terminal.isLive ? drawBoards(view, terminal, stdout, { notices: NEVER, say }) : writeNews(write);
  const end = await firstValueFrom(
    race(
      signals.pipe(map(exitCodeOf)),
      readerLeft.pipe(map(() => exitCodes.completed)),
      boards.pipe(show, takeLast(1)),
    ),
  );
  await sim.close();
  if (typeof end === 'number') return end;

  for (const line of ['', ...outcomeTable(end, terminal, withHandles)]) write(line);
  write(outcomeSummary(end, terminal));
  wrap(NEXT, terminal.columns).forEach(write);
  return exitCodes.completed;
}
