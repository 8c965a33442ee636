import {
  concatMap,
  distinctUntilChanged,
  from,
  fromEvent,
  lastValueFrom,
  map,
  merge,
  scan,
  share,
  takeUntil,
  takeWhile,
  tap,
  timestamp,
} from 'rxjs';
// In a program of your own: from 'rushes' and 'rushes/testing'.
import { ark, cometapi, createClient, infinityBlue, jittered, pollEvery, summarize } from '../index.js';
import { simulate } from '../testing/index.js';
import { emptyBoard, hear, isOver, type News } from './board.js';
import { cut } from './cells.js';
import { faultOf, lifeOf, scenes } from './demo-script.js';
import { outcomeSummary, outcomeTable } from './outcome-table.js';
import { drawBoards, writeNews } from './show-board.js';
import { terminalOf } from './terminal.js';

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
const events = client.watchAll(tasks).pipe(share());
const counts = events.pipe(
  summarize(),
  map((summary): News => ({ kind: 'summary', summary })),
);

// 5. A board that hears of the tasks, their number, and what the client does to learn of them.
const boards = merge(client.activity, events, counts).pipe(
  timestamp(),
  scan((board, { value, timestamp }) => hear(board, value, timestamp), emptyBoard(scenes.length, Date.now())),
  distinctUntilChanged(),
  takeWhile((board) => !isOver(board), true),
);

// 6. Bars on a terminal, lines elsewhere. Ctrl-C unsubscribes, and that stops everything.
const { stdout } = process;
const terminal = terminalOf(stdout, process.env);
const write = (line: string) => stdout.write(`${line}\n`);
const title = 'rushes: 12 tasks, 3 providers, 1 client';
const show = terminal.isLive ? drawBoards(title, terminal, stdout) : writeNews(terminal, write);
const interrupted = fromEvent(process, 'SIGINT').pipe(
  tap(() => {
    process.exitCode = 130;
  }),
);
stdout.once('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1));
const end = await lastValueFrom(boards.pipe(show, takeUntil(interrupted)), { defaultValue: undefined });
await sim.close();

if (end && isOver(end)) {
  for (const line of ['', ...outcomeTable(end, terminal)]) write(line);
  write(outcomeSummary(end, terminal));
  write(cut('Read next: src/cli/demo.ts and README.md', terminal.columns));
}
