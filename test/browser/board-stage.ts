import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ReplaySubject } from 'rxjs';
import { afterAll, beforeAll } from 'vitest';
import { createAccess } from '../../src/cli/serve/access.js';
import { type Asset, readAssets } from '../../src/cli/serve/assets.js';
import { type OpenBoard, openBoard } from '../../src/cli/serve/open-board.js';
import { Roster } from '../../src/cli/serve/roster.js';
import { rosterClient } from '../../src/cli/serve/roster-client.js';
import { createClient, type Snapshot } from '../../src/index.js';
import { bundleSheet } from '../bundle-sheet.js';

/** A board in this process, of tasks that a test tells about. */
export interface StagedBoard {
  readonly url: string;
  /** Puts tasks on the board. */
  add(...ids: readonly string[]): void;
  /** Says something of a task. */
  say(id: string, facts: object): void;
  notice(...notices: readonly string[]): void;
  /** Breaks every connection, and leaves the port closed. */
  cut(): Promise<void>;
  /** Listens again, with the token that it had. */
  mend(): Promise<void>;
}

/** Builds the page once for a file of tests, and stages boards that end with it. */
export function boardStage(): { board(): Promise<StagedBoard> } {
  const folder = mkdtempSync(join(tmpdir(), 'rushes-sheet-'));
  const open = new Set<OpenBoard>();
  let assets: ReadonlyMap<string, Asset>;
  beforeAll(async () => {
    await bundleSheet(folder);
    assets = await readAssets([pathToFileURL(`${folder}/`)]);
  });
  afterAll(async () => {
    for (const board of open) await board.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    board: async () => {
      const said = new Map<string, ReplaySubject<Snapshot>>();
      const sayingOf = (id: string) => {
        const saying = said.get(id) ?? new ReplaySubject<Snapshot>(1);
        said.set(id, saying);
        return saying;
      };
      const client = createClient({ watch: ({ id }) => sayingOf(id) }, { deadlineMs: Number.POSITIVE_INFINITY });
      const roster = new Roster(Date.now);
      const served = { access: createAccess(), assets, roster, client: rosterClient(roster) };
      let board: OpenBoard;
      const listen = async (port: number) => {
        board = await openBoard(served, { host: '127.0.0.1', port });
        open.add(board);
        return board.url;
      };
      const url = await listen(0);
      const ref = (id: string) => ({ provider: 'cometapi', id });
      return {
        url,
        add: (...ids) => roster.add(ids.map((id) => ({ task: ref(id), client }))),
        say: (id, facts) => sayingOf(id).next({ task: ref(id), providerStatus: '', ...facts } as Snapshot),
        notice: (...notices) => roster.notice(notices),
        cut: async () => {
          open.delete(board);
          await board.close();
        },
        mend: async () => void (await listen(Number(new URL(url).port))),
      };
    },
  };
}
