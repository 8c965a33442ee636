import { firstValueFrom, map, race } from 'rxjs';
import { messageOf } from '../../errors.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import { jsonLine } from '../json-line.js';
import { exitCodeOf, type Shell } from '../shell.js';
import { isForPrograms } from '../show.js';
import { WrongUsage } from '../wrong-usage.js';
import { createAccess } from './access.js';
import { readAssets } from './assets.js';
import type { Served } from './board-handler.js';
import type { Place } from './guard.js';
import { openBoard } from './open-board.js';
import type { Roster } from './roster.js';
import { rosterClient } from './roster-client.js';

/** How a roster is served. */
export interface ServeRosterOptions extends Pick<Served, 'listings'> {
  readonly place: Place;
  readonly isJson: boolean;
}

/**
 * Serves a roster as a page, says where, and goes on until a signal comes or nobody reads what it writes.
 *
 * @throws WrongUsage where the page cannot be served there.
 */
export async function serveRoster(
  roster: Roster,
  { place, isJson, listings = roster.listings }: ServeRosterOptions,
  shell: Shell,
): Promise<ExitCode> {
  const { signals, readerLeft, stdout, terminal } = shell;
  const closing = new AbortController();
  const served: Served = {
    access: createAccess(),
    assets: await readAssets(),
    roster,
    client: rosterClient(roster),
    listings,
    gateway: {
      signal: closing.signal,
      onError: (error) => shell.say(`rushes: ${messageOf(error)}`),
    },
  };
  const board = await openBoard(served, place).catch((error: unknown) => {
    const { host, port } = place;
    throw new WrongUsage(
      `--host ${host} --port ${port} cannot be served: ${messageOf(error)}; port 0 is any that is free`,
    );
  });
  const end = firstValueFrom(race(signals.pipe(map(exitCodeOf)), readerLeft.pipe(map(() => exitCodes.completed))));
  const { paint } = terminal;
  stdout.write(
    isForPrograms({ isJson }, shell)
      ? jsonLine({ kind: 'serving', url: board.url })
      : `rushes: the contact sheet is at ${paint('cyan', board.url)}  ${paint('dim', 'Ctrl-C ends it')}\n`,
  );
  const code = await end;
  closing.abort();
  await board.close();
  return code;
}
