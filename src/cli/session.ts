import { mkdir } from 'node:fs/promises';
import { catchError, concat, concatMap, defer, ignoreElements, map, type Observable, of, Subject } from 'rxjs';
import { saveVideoIn } from '../download/to-file/save-video-in.js';
import { aboutTask, messageOf } from '../errors.js';
import {
  type Activity,
  type Client,
  type CompletedSnapshot,
  createClient,
  type Ledger,
  type Provider,
  pollEvery,
  type Transport,
} from '../index.js';
import { nodeTransport, openLedger } from '../node.js';
import type { JobEvent } from './job-event.js';
import { ledgerPlace } from './ledger/ledger-place.js';
import { ledgerTrouble } from './ledger/ledger-trouble.js';
import { untilSaved } from './ledger/until-saved.js';
import type { TaskOptions } from './options.js';
import { savedBefore } from './saved-before.js';
import type { Shell } from './shell.js';
import { WrongUsage } from './wrong-usage.js';

/** What the commands work with: clients that share a ledger and connections. */
export interface Session {
  /** Absent where there is none: because it was not wanted, or could not be opened. */
  readonly ledger?: Ledger;
  /** What all its clients do. */
  readonly activity: Observable<Activity>;
  /** What all its requests go over. */
  readonly transport: Transport;
  client(provider: Provider): Client;
  /** Saves the video of a task, where that is wanted. */
  readonly save?: (client: Client, snapshot: CompletedSnapshot) => Observable<JobEvent>;
  close(): Promise<void>;
}

/**
 * Opens what a command works with.
 *
 * @throws WrongUsage for a folder or a ledger that was named and cannot be used; `LEDGER_FAILED` where the usual ledger
 * is needed and cannot be opened.
 */
export async function openSession(
  options: TaskOptions,
  shell: Shell,
  { needsLedger = false }: { readonly needsLedger?: boolean } = {},
): Promise<Session> {
  const { download: folder, overwrite = false, deadline, every } = options;
  if (folder !== undefined) await makeFolder(folder);
  const opened = await openedLedger(options, shell, needsLedger);
  const saving = opened && folder !== undefined ? untilSaved(opened) : undefined;
  const ledger = saving?.ledger ?? opened;
  const transport = nodeTransport();
  const activity = new Subject<Activity>();

  const save = (dir: string) => (client: Client, snapshot: CompletedSnapshot) => {
    const { task } = snapshot;
    const noted = defer(async () => saving?.saved(task)).pipe(
      ignoreElements(),
      catchError((error: unknown) => {
        activity.next({ kind: 'ledger-failed', provider: task.provider, task, error: aboutTask(error, task) });
        return [];
      }),
    );
    return defer(() => saveVideoIn(client, snapshot, dir, { overwrite })).pipe(
      map(
        (event): JobEvent =>
          event.kind === 'saved'
            ? { kind: 'saved', task, ...withoutKind(event) }
            : { kind: 'saving', task, ...withoutKind(event) },
      ),
      catchError(async (error: unknown): Promise<JobEvent> => {
        const there = overwrite ? undefined : await savedBefore(dir, task);
        return there ?? { kind: 'download-failed', task, error: aboutTask(error, task) };
      }),
      concatMap((event) => (event.kind === 'saved' ? concat(of(event), noted) : of(event))),
    );
  };

  return {
    ...(ledger && { ledger }),
    activity,
    transport,
    client: (provider) => {
      const client = createClient(provider, {
        transport,
        ...(ledger && { ledger }),
        ...(deadline && { deadlineMs: deadline.ms }),
        ...(every && { cadence: pollEvery(every.ms) }),
      });
      client.activity.subscribe(activity);
      return client;
    },
    ...(folder !== undefined && { save: save(folder) }),
    close: async () => {
      // What the end of a connection does to a create is still to be noted.
      await transport.close();
      await opened?.close();
    },
  };
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw new WrongUsage(`--download names no folder that can be used: ${messageOf(error)}`);
  }
}

async function openedLedger({ ledger: place }: TaskOptions, shell: Shell, isNeeded: boolean) {
  if (place === false) return undefined;
  try {
    return await openLedger(place ?? ledgerPlace(shell));
  } catch (error) {
    const trouble = ledgerTrouble(error, place);
    if (isNeeded || trouble instanceof WrongUsage) throw trouble;
    shell.say(`rushes: ${messageOf(trouble)}. Going on without it.`);
    return undefined;
  }
}

function withoutKind<T extends { readonly kind: string }>({ kind: _, ...others }: T): Omit<T, 'kind'> {
  return others;
}
