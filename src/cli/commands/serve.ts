import { first, from, Subscription } from 'rxjs';
import { createClient } from '../../index.js';
import type { ExitCode } from '../exit-code.js';
import type { TaskOptions } from '../options.js';
import { chosenProvider, hasKey, openProvider, providerNames } from '../provider-choice.js';
import { Accounts } from '../serve/accounts.js';
import { isLoopback } from '../serve/guard.js';
import { ledgerFindings } from '../serve/ledger-findings.js';
import { ROOM, Roster } from '../serve/roster.js';
import { serveRoster } from '../serve/serve-roster.js';
import { openSession } from '../session.js';
import type { Shell } from '../shell.js';
import { givenTasks } from '../task-ids.js';
import { WrongUsage } from '../wrong-usage.js';

/** What `rushes serve` takes. */
export interface ServeOptions extends TaskOptions {
  readonly port: number;
  readonly host: string;
  /** Whether other machines may reach the board. */
  readonly expose?: boolean;
}

/** How often the ledger is read again, for what other programs have created. */
const LEDGER_EVERY_MS = 2_000;

/** Shows tasks on a page until it is interrupted: those that are named, and all that the ledger has not seen to end. */
export async function serve(ids: readonly string[], options: ServeOptions, shell: Shell): Promise<ExitCode> {
  const { provider, baseUrl, ledger, port, host, json = false } = options;
  checkHost(options);
  if (ids.length === 0 && ledger === false) {
    throw new WrongUsage('there is nothing to show: name task ids, or do not say --no-ledger');
  }
  const name = chosenAmong(ids, options, shell);
  if (name !== undefined) openProvider(name, baseUrl, shell.env);
  const tasks = givenTasks(ids, name ?? '', shell, (problem) => shell.say(`rushes: ${problem}`));
  const session = await openSession(options, shell, { needsLedger: ids.length === 0 });
  const running = new Subscription();
  try {
    // A board only looks: a ledger that heard of an end from it would not remind anybody of a video to be saved.
    const accounts = new Accounts(shell.env, (account) => createClient(account, { transport: session.transport }));
    const roster = new Roster(Date.now);
    const isFull = roster.listings.pipe(first(() => roster.isFull));
    running.add(
      isFull.subscribe(() => shell.say(`rushes: the board has room for ${ROOM} tasks; those beyond are not shown`)),
    );
    if (name !== undefined) {
      const client = accounts.at(name, baseUrl);
      roster.add(tasks.named.map((task) => ({ task, client })));
      running.add(from(tasks.all).subscribe((task) => roster.add([{ task, client }])));
    }
    if (session.ledger) {
      const found = ledgerFindings(session.ledger, accounts, { provider, baseUrl, everyMs: LEDGER_EVERY_MS });
      running.add(
        found.subscribe(({ entries, notices }) => {
          roster.add(entries);
          roster.notice(notices);
        }),
      );
    }
    return await serveRoster(roster, { place: { host, port }, isJson: json }, shell);
  } finally {
    running.unsubscribe();
    await session.close();
  }
}

/** Whose tasks are named; without names it matters only where somebody said it, or there is no key at all. */
function chosenAmong(ids: readonly string[], { provider, baseUrl }: ServeOptions, { env }: Shell): string | undefined {
  const isMoot = ids.length === 0 && provider === undefined && baseUrl === undefined;
  return isMoot && providerNames.some((name) => hasKey(name, env)) ? undefined : chosenProvider(provider, env);
}

function checkHost({ host, expose = false }: ServeOptions): void {
  if (isLoopback(host) || expose) return;
  throw new WrongUsage(
    `--host ${host} lets other machines reach the board, unencrypted: whoever has its address, or reads along, sees every task and video. Add --expose if you mean it`,
  );
}
