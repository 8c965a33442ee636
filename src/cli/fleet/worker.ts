import type { NatsConnection } from '@nats-io/transport-node';
import {
  endWith,
  firstValueFrom,
  ignoreElements,
  map,
  merge,
  type Observable,
  race,
  shareReplay,
  skip,
  switchMap,
  take,
  tap,
} from 'rxjs';
import { createFleet, type WorkFigures } from '../../fleet/index.js';
import { type Provider, pollEvery } from '../../index.js';
import { nodeTransport } from '../../node.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import { chosenProvider, openProvider } from '../provider-choice.js';
import { type EndSignal, exitCodeOf, type Shell } from '../shell.js';
import { WrongUsage } from '../wrong-usage.js';
import type { WorkerOptions } from './fleet-options.js';
import { givenSettings } from './fleet-options.js';
import { type HealthPage, serveHealth } from './health.js';
import { closeNats } from './nats.js';
import { type NatsAccess, natsAccess } from './nats-access.js';
import { awayWords, connectPatiently, isAway, tellTrouble } from './nats-patience.js';
import { tellFigures } from './tell-figures.js';
import { reportFleetError } from './trouble.js';

/** What ends a worker: a signal, or that nobody reads what it writes. */
type End = EndSignal | 'left';

/** Works for a fleet until a signal comes, and then ends what it has begun; a second one ends it at once. */
export async function worker(options: WorkerOptions, shell: Shell): Promise<ExitCode> {
  if (options.workers !== undefined && options.perSecond === undefined)
    throw new WrongUsage('--workers needs --per-second: that is what so many workers share');
  const provider = openProvider(chosenProvider(options.provider, shell.env), options.baseUrl, shell.env);
  const access = natsAccess(options.nats, shell.env);
  const signals = shell.signals.pipe(shareReplay());
  const left = shell.readerLeft.pipe(map(() => 'left' as const));
  const end: Observable<End> = merge(signals, left).pipe(take(1), shareReplay(1));
  const hurry = end.pipe(switchMap((first) => signals.pipe(skip(first === 'left' ? 0 : 1))));
  const state: State = { isConnected: false, isEnding: false };
  const ending = end.subscribe(() => {
    state.isEnding = true;
  });
  const health = options.health === undefined ? undefined : await serveHealth(options.health, () => healthOf(state));
  let connection: NatsConnection | undefined;
  try {
    const came = await firstValueFrom(race(end.pipe(map(afterEnd)), connectPatiently(access, shell)));
    if (typeof came === 'number') return came;
    connection = came;
    return await work(connection, provider, { options, access, shell, state, health, end, hurry });
  } catch (error) {
    return reportFleetError(error, shell, 'fleet worker');
  } finally {
    ending.unsubscribe();
    await health?.close();
    if (connection) await closeNats(connection);
  }
}

/** What is known of a worker from outside it. */
interface State {
  isConnected: boolean;
  isEnding: boolean;
  /** Absent until it is connected, and for a second. */
  figures?: WorkFigures;
}

interface Circumstances {
  readonly options: WorkerOptions;
  readonly access: NatsAccess;
  readonly shell: Shell;
  readonly state: State;
  readonly health: HealthPage | undefined;
  readonly end: Observable<End>;
  readonly hurry: Observable<EndSignal>;
}

async function work(connection: NatsConnection, provider: Provider, about: Circumstances): Promise<ExitCode> {
  const { options, shell, state, end, hurry } = about;
  const { concurrency, perSecond, workers, every, name } = options;
  const transport = nodeTransport();
  const fleet = createFleet({
    connection,
    provider,
    name,
    transport,
    ...givenSettings(options),
    ...(every && { cadence: pollEvery(every.ms) }),
  });
  const stopping = new AbortController();
  const stopped = end.subscribe((first) => {
    if (first !== 'left') shell.say(`${echoed(shell)}Ending what is under way. A second signal leaves it.`);
    stopping.abort();
  });
  const away = isAway(connection).subscribe((is) => {
    state.isConnected = !is;
    if (!state.isEnding) shell.say(awayWords(is));
  });
  state.isConnected = true;
  const given = { concurrency, perSecond, workers };
  const chosen = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const drained = fleet.work({ ...chosen, signal: stopping.signal }).pipe(
    tap((figures) => {
      state.figures = figures;
    }),
    tellTrouble(shell.say, () => state.isEnding || !state.isConnected),
    tellFigures({
      ...about,
      ...options,
      provider: provider.name,
      nats: about.access.address,
      health: about.health?.url,
    }),
    ignoreElements(),
    endWith('drained' as const),
  );
  try {
    const came = await firstValueFrom(race(drained, hurry));
    if (came === 'drained') return afterEnd(await firstValueFrom(end));
    shell.say(`${echoed(shell)}Left what was under way: its turns come again, to other workers too.`);
    return exitCodeOf(came);
  } finally {
    stopped.unsubscribe();
    away.unsubscribe();
    await transport.close();
  }
}

function healthOf(state: State) {
  const { figures } = state;
  const status = statusOf(state);
  return { isWell: status === 'working', told: { status, ...(figures && { figures }) } };
}

function statusOf({ isConnected, isEnding, figures }: State): string {
  if (isEnding) return 'ending';
  if (!isConnected) return 'away from NATS';
  if (!figures || !(figures.isWell || figures.lastTrouble)) return 'starting';
  return figures.isWell ? 'working' : 'without work from NATS';
}

/** An operator's SIGTERM is how a worker is meant to end. */
function afterEnd(end: End): ExitCode {
  return end === 'SIGTERM' || end === 'left' ? exitCodes.completed : exitCodeOf(end);
}

/** What the terminal echoes for Ctrl-C has a line of its own. */
function echoed({ terminal }: Shell): string {
  return terminal.isLive ? '\n' : '';
}
