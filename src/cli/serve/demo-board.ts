import { concatMap, delay, from, ignoreElements, map, merge, of, Subject, shareReplay, takeUntil, tap } from 'rxjs';
import { scenes } from '../demo-script.js';
import { demoStudio } from '../demo-studio.js';
import type { ExitCode } from '../exit-code.js';
import type { Shell } from '../shell.js';
import { Roster } from './roster.js';
import { serveRoster } from './serve-roster.js';

/** Slower than on a terminal: there is more to look at. */
const SPEED = 4;

/** How far the creates are apart. */
const PAUSE_MS = 400;

/** The tasks of the demo on a page, from when somebody first looks at it until Ctrl-C. */
export async function demoBoard(shell: Shell): Promise<ExitCode> {
  const { sim, client } = await demoStudio(SPEED);
  const roster = new Roster(Date.now);
  const isOver = new Subject<void>();
  const filming = from(scenes).pipe(
    concatMap(({ provider, input }, nth) =>
      of(input).pipe(
        delay(nth === 0 ? 0 : PAUSE_MS),
        map(() => ({ provider, input })),
      ),
    ),
    concatMap(({ provider, input }) => client.create(input, { provider })),
    takeUntil(isOver),
    tap((known) => roster.add([{ task: known.task, known, client }])),
    ignoreElements(),
    shareReplay(1),
  );
  try {
    return await serveRoster(
      roster,
      {
        place: { host: '127.0.0.1', port: 0 },
        isJson: false,
        listings: merge(roster.listings, filming),
      },
      shell,
    );
  } finally {
    isOver.next();
    await sim.close();
  }
}
