import { merge } from 'rxjs';
import { recordOf } from '../../create/ledger.js';
import { parsed } from '../../http/origin.js';
import type { LiveSnapshot, OpenCreate, Provider } from '../../index.js';
import { type ListedCreate, withCandidates } from '../candidates.js';
import { conduct } from '../conduct.js';
import { wordsOfCreate } from '../create-words.js';
import { type Desk, openDesk } from '../desk.js';
import { type ExitCode, exitCodes, graver } from '../exit-code.js';
import { byLedger } from '../go-on.js';
import { jsonLine } from '../json-line.js';
import { noticesOf } from '../notices.js';
import type { TaskOptions } from '../options.js';
import { openProvider } from '../provider-choice.js';
import { codeOfError, reportError } from '../report-error.js';
import { savingVideos } from '../saving-videos.js';
import { type Finding, settleAll } from '../settlements.js';
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
  let desk: Desk | undefined;
  try {
    desk = await openDesk(options, shell, { needsLedger: true });
    return await goOn(desk, options, shell);
  } catch (error) {
    reportError(error, shell, 'resume');
    // A ledger that cannot be read may hold anything.
    return graver(codeOfError(error), exitCodes.unknown);
  } finally {
    await desk?.close();
  }
}

async function goOn(desk: Desk, options: ResumeOptions, shell: Shell): Promise<ExitCode> {
  const { ledger } = desk;
  if (!ledger) return exitCodes.unknown;
  await settleAll(options.settle ?? [], ledger);
  const { snapshots, creates, skipped } = await ledger.unfinished();
  const isMeant = ({ provider }: { readonly provider: string }) => provider === (options.provider ?? provider);
  const groups = groupsOf(
    snapshots.filter(({ task }) => isMeant(task)),
    options,
    shell,
  );
  if (skipped > 0) shell.say(`rushes: ${skipped} record${skipped === 1 ? '' : 's'} of the ledger cannot be read.`);
  const code = await tellCreates(creates.filter(isMeant), options, shell);
  return groups.length === 0 ? code : graver(code, await watchGroups(groups, desk, options, shell));
}

/** Tasks that are asked for at one address with one key. */
interface Group {
  readonly provider: Provider;
  readonly snapshots: readonly LiveSnapshot[];
}

/**
 * The tasks by where they were created, which is where the key may go.
 *
 * @throws WrongUsage where one of them cannot be asked for as things are: then none is.
 */
function groupsOf(snapshots: readonly LiveSnapshot[], { baseUrl }: ResumeOptions, { env }: Shell): Group[] {
  const places = new Map<string, { provider: string; baseUrl: string | undefined; snapshots: LiveSnapshot[] }>();
  for (const snapshot of snapshots) {
    const { provider, id } = snapshot.task;
    const created = recordOf(snapshot)?.baseUrl;
    if (baseUrl !== undefined && created !== undefined && parsed(created)?.origin !== parsed(baseUrl)?.origin) {
      throw new WrongUsage(`--base-url: ${id} was created at ${created}; without the option it is asked for there`);
    }
    const place = { provider, baseUrl: baseUrl ?? created };
    const key = `${place.provider} ${place.baseUrl}`;
    const known = places.get(key) ?? { ...place, snapshots: [] };
    known.snapshots.push(snapshot);
    places.set(key, known);
  }
  return [...places.values()].map((place) => ({
    provider: openProvider(place.provider, place.baseUrl, env),
    snapshots: place.snapshots,
  }));
}

async function tellCreates(creates: readonly OpenCreate[], options: ResumeOptions, shell: Shell): Promise<ExitCode> {
  const told = await Promise.all(creates.map((create) => withCandidates(create, shell)));
  if (isForPrograms({ isJson: options.json === true }, shell)) {
    for (const create of told) shell.stdout.write(jsonLine({ kind: 'create', ...create }));
  }
  const say = (heading: string, those: readonly ListedCreate[]) => {
    if (those.length > 0) shell.say([heading, ...those.map((create) => wordsOfCreate(create, options))].join('\n'));
  };
  const ambiguous = told.filter(({ state }) => state === 'ambiguous');
  say(
    'Creates in flight elsewhere:',
    told.filter(({ state }) => state === 'in-flight'),
  );
  say('Ambiguous creates: nobody knows whether they made a task, and none is sent again. Look them up:', ambiguous);
  return ambiguous.length === 0 ? exitCodes.completed : exitCodes.unknown;
}

function watchGroups(groups: readonly Group[], desk: Desk, options: ResumeOptions, shell: Shell): Promise<ExitCode> {
  const { settle: _, ...others } = options;
  const named = groups.flatMap(({ snapshots }) => snapshots.map(({ task }) => task));
  const names = [...new Set(named.map(({ provider }) => provider))].join(', ');
  const events = groups.map(({ provider, snapshots }) => {
    const client = desk.client(provider);
    return client.watchAll(snapshots).pipe(savingVideos(client, desk));
  });
  return conduct(
    {
      title: `rushes: ${named.length} unfinished task${named.length === 1 ? '' : 's'} at ${names}`,
      named,
      events: merge(...events),
      activity: desk.activity,
      notices: noticesOf(desk),
      isJson: options.json === true,
      isSaving: options.download !== undefined,
      ...byLedger(others),
    },
    shell,
  );
}
