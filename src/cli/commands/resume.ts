import { merge } from 'rxjs';
import { isSameTask, type OpenCreate, type TaskRef, type Unfinished } from '../../index.js';
import { conduct } from '../conduct.js';
import { type ExitCode, exitCodes, graver } from '../exit-code.js';
import { byLedger, goOnById } from '../go-on.js';
import { jsonLine } from '../json-line.js';
import { type ListedCreate, withCandidates } from '../ledger/candidates.js';
import { wordsOfCreate } from '../ledger/create-words.js';
import { type Finding, settlementsOf } from '../ledger/settlements.js';
import { addressOf, groupsOf, type TaskGroup } from '../ledger/task-groups.js';
import { noticesOf } from '../notices.js';
import type { TaskOptions } from '../options.js';
import { openProvider } from '../provider-choice.js';
import { codeOfError, reportError } from '../report-error.js';
import { savingVideos } from '../saving-videos.js';
import { openSession, type Session } from '../session.js';
import type { Shell } from '../shell.js';
import { isForPrograms } from '../show.js';
import { WrongUsage } from '../wrong-usage.js';

/** What `rushes resume` takes. */
export interface ResumeOptions extends TaskOptions {
  readonly settle?: readonly Finding[];
}

/** Goes on with all that the ledger has not seen to end, and tells what it does not know. It never creates. */
export async function resume(options: ResumeOptions, shell: Shell): Promise<ExitCode> {
  if (options.ledger === false) throw new WrongUsage('there is nothing to resume without a ledger');
  let session: Session | undefined;
  try {
    session = await openSession(options, shell, { needsLedger: true });
    return await goOn(session, options, shell);
  } catch (error) {
    reportError(error, shell, 'resume');
    // A ledger that cannot be read may hold anything.
    return graver(codeOfError(error), exitCodes.unknown);
  } finally {
    await session?.close();
  }
}

async function goOn(session: Session, options: ResumeOptions, shell: Shell): Promise<ExitCode> {
  const { ledger } = session;
  if (!ledger) return exitCodes.unknown;
  const isMeant = ({ provider }: { readonly provider: string }) => provider === (options.provider ?? provider);
  const found = await ledger.unfinished();
  const { creates, skipped } = found;
  const settlements = await settlementsOf(options.settle ?? [], found, ({ provider, baseUrl }, task) => {
    const address = addressOf(task.id, baseUrl, options);
    return session.client(openProvider(provider, address, shell.env)).read(task);
  });
  const closed = new Map(settlements);
  if (skipped > 0) shell.say(`rushes: ${skipped} record${skipped === 1 ? '' : 's'} of the ledger cannot be read.`);
  const open = creates.filter((create) => isMeant(create) && !closed.has(create.key));
  const code = await tellCreates(open, session, options, shell);
  const groupsIn = ({ snapshots }: Unfinished) => {
    const wanted = snapshots.filter(({ task }) => isMeant(task) && !closed.has(`${task.provider}/${task.id}`));
    return groupsOf(wanted, options, shell);
  };
  // Whatever cannot be asked for is told before anything is closed.
  const known = groupsIn(found);
  for (const [key, settlement] of settlements) await ledger.settle(key, settlement);
  const groups = settlements.length > 0 ? groupsIn(await ledger.unfinished()) : known;
  if (groups.length > 0) return graver(code, await watchGroups(groups, session, options, shell));
  const isOver = open.length === 0 && skipped === 0;
  if (isOver && !isForPrograms({ isJson: options.json === true }, shell)) shell.say('Nothing is left to resume.');
  return code;
}

async function tellCreates(
  creates: readonly OpenCreate[],
  session: Session,
  options: ResumeOptions,
  shell: Shell,
): Promise<ExitCode> {
  const told = await Promise.all(creates.map((create) => withCandidates(create, session, shell)));
  if (isForPrograms({ isJson: options.json === true }, shell)) {
    for (const create of told) shell.stdout.write(jsonLine({ kind: 'create', ...create }));
  }
  const say = (heading: string, those: readonly ListedCreate[]) => {
    if (those.length > 0) shell.say([heading, ...those.map((create) => wordsOfCreate(create, options))].join('\n'));
  };
  const ambiguous = told.filter(({ state }) => state === 'ambiguous');
  say(
    'Creates in flight:',
    told.filter(({ state }) => state === 'in-flight'),
  );
  say('Ambiguous creates: nobody knows whether they made a task, and none is sent again. Look them up:', ambiguous);
  return told.length === 0 ? exitCodes.completed : exitCodes.unknown;
}

function watchGroups(
  groups: readonly TaskGroup[],
  session: Session,
  options: ResumeOptions,
  shell: Shell,
): Promise<ExitCode> {
  const { settle: _, ...others } = options;
  const named = groups.flatMap(({ snapshots }) => snapshots.map(({ task }) => task));
  const names = [...new Set(named.map(({ provider }) => provider))].join(', ');
  const events = groups.map(({ provider, snapshots }) => {
    const client = session.client(provider);
    return client.watchAll(snapshots).pipe(savingVideos(client, session));
  });
  return conduct(
    {
      command: 'resume',
      title: `rushes: ${named.length} unfinished task${named.length === 1 ? '' : 's'} at ${names}`,
      named,
      events: merge(...events),
      activity: session.activity,
      notices: noticesOf(session),
      isJson: options.json === true,
      isSaving: options.download !== undefined,
      ...byLedger(others),
      ...(options.download === undefined && { fetch: fetchEach(groups) }),
    },
    shell,
  );
}

/** The commands that save what has completed unsaved: from now on the ledger says nothing of it. */
function fetchEach(groups: readonly TaskGroup[]) {
  return (tasks: readonly TaskRef[]): string[] =>
    groups.flatMap(({ provider: { name, baseUrl }, snapshots }) => {
      const completed = tasks.filter((task) => snapshots.some((snapshot) => isSameTask(snapshot.task, task)));
      return completed.length > 0 ? [goOnById('download', { baseUrl, download: '.' }, name)(completed)] : [];
    });
}
