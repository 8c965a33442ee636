import { concatMap, firstValueFrom, from, map, NEVER, race, takeLast } from 'rxjs';
// In a program of your own: from 'rushes' and 'rushes/testing'.
import { ark, cometapi, createClient, infinityBlue, jittered, pollEvery } from '../../index.js';
import { simulate } from '../../testing/index.js';
import { emptyBoard } from '../board/board.js';
import { wrap } from '../board/cells.js';
import { outcomeSummary, outcomeTable, withHandles } from '../board/outcome-table.js';
import { byModel } from '../board/row-style.js';
import { boardsOf, drawBoards, writeNews } from '../board/show-board.js';
import { faultOf, lifeOf, scenes } from '../demo-script.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import { exitCodeOf, type Shell } from '../shell.js';

const NEXT = 'Read next: docs/guides/one-task.md in the repository, or try: rushes simulate';

/** A dozen tasks of three providers against a simulator, with what usually goes wrong. */
export async function demo({ stdout, terminal, signals, readerLeft, say }: Shell): Promise<ExitCode> {
  // 1. The vendors' APIs on this machine, at 20 times their pace, and not at their best.
  const speed = 20;
  const sim = await simulate({ speed, seed: 'rushes', timeline: lifeOf, faults: faultOf });

  // 2. One client for three accounts. Real ones differ in nothing but their keys, and need no `baseUrl`.
  const client = createClient(
    [
      cometapi({ apiKey: 'sk-demo-of-comet', baseUrl: `${sim.url}/cometapi` }),
      infinityBlue({ apiKey: 'sk-demo-of-blue', baseUrl: `${sim.url}/infinity-blue` }),
      ark({ apiKey: 'sk-demo-of-ark', baseUrl: `${sim.url}/ark` }),
    ],
    {
      // None of these is needed against real ones: the defaults are made for tasks that take minutes.
      cadence: jittered(pollEvery(6_000 / speed)),
      retry: { initialMs: 800, maxMs: 2_000, giveUpAfterMs: 4_000 },
      requestTimeoutMs: 1_000,
      deadlineMs: 10_000,
    },
  );

  // 3. A dozen tasks. Each create is one POST, never two; its answer is the task's first snapshot, and names it.
  const tasks = from(scenes).pipe(concatMap(({ provider, input }) => client.create(input, { provider })));

  // 4. All of them as one stream: what providers say, and which watches are lost. No task's trouble ends another's watch.
  const events = client.watchAll(tasks);

  // 5. A board that hears of the tasks, their number, and what the client does to learn of them.
  const boards = boardsOf(events, client.activity, emptyBoard(Date.now()));

  // 6. Bars on a terminal, lines elsewhere. Ctrl-C unsubscribes, and that stops everything.
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
