import { defer, type Observable, switchMap } from 'rxjs';
import { checkMs } from '../cadence/delay.js';
import { clientDefaults } from '../client.js';
import { isProvider } from '../create/providers-backend.js';
import { checkNames, invalidArgument, messageOf, RushesError } from '../errors.js';
import type { Provider } from '../providers/provider.js';
import { isLive } from '../task/snapshot.js';
import { type PollOptions, pollSettings } from '../watch/poll-source.js';
import type { SnapshotSource } from '../watch/snapshot-source.js';
import { nameTask, type TaskLike } from '../watch/task-like.js';
import { usualFleetName } from './fleet-name.js';
import { checkFleetSettings, type FleetSettings } from './fleet-settings.js';
import type { Forgotten } from './forget.js';
import { Layout } from './layout.js';
import type { NatsClient } from './nats-client.js';
import type { OnNats } from './on-nats.js';
import type { FleetStatus } from './status/status.js';
import type { Difference } from './streams/difference.js';
import type { Submitted } from './submit.js';
import type { WorkFigures } from './worker/figures.js';
import { checkWork, type WorkOptions } from './worker/work-options.js';

/** What a fleet is made of. */
export interface FleetOptions
  extends Omit<PollOptions, 'wake' | 'budget' | 'scheduler' | 'requestTimeoutMs'>,
    Partial<FleetSettings> {
  /**
   * A connection to NATS 2.9 or newer with JetStream, as `connect()` of `@nats-io/transport-node` makes it. Let it have
   * `maxReconnectAttempts: -1` and `waitOnFirstConnect`. It stays yours to close.
   */
  readonly connection: NatsClient;
  /** Whose tasks are watched. A fleet that only submits, forgets and listens needs none. */
  readonly provider?: Provider;
  /** The same, for several. */
  readonly providers?: readonly Provider[];
  /** What its streams are called, and its subjects begin with: 1-64 of `A-Za-z0-9_-`. @defaultValue `'rushes'` */
  readonly name?: string;
}

/** How long a task is watched. */
export interface SubmitOptions {
  /**
   * Counted by the server from when it stored the submit; `Infinity` for as long as it takes.
   * @defaultValue 3600000, or what the provider states
   */
  readonly deadlineMs?: number;
}

/** Watches of tasks, spread over as many machines as run `work`. */
export interface Fleet {
  /**
   * Lets a task be watched. A snapshot that `create` answered says that the task is new, so that not to be found is no
   * loss in its first 30 s.
   *
   * @returns `already-watched` where it is; `already-finished` where its end is known. A task whose watch was lost may be
   * submitted again.
   * @throws As rejections: `INVALID_ARGUMENT` for what names no task, and an option that is none; `UNAVAILABLE` when NATS
   * does not take it, or no worker has ever made the streams. It may be repeated.
   */
  submit(task: TaskLike, options?: SubmitOptions): Promise<Submitted>;
  /**
   * Ends the watch of a task, which itself goes on. Whoever listens is told by `SOURCE_ENDED`, and it may be submitted again.
   *
   * @throws As rejections: `INVALID_ARGUMENT` for what names no task; `UNAVAILABLE` as of `submit`, and when news of the
   * task always came first. It may be repeated.
   */
  forget(task: TaskLike): Promise<Forgotten>;
  /**
   * What is told of a task, on any machine: for `createClient`. A task that nobody has submitted yet is waited for.
   *
   * @throws As the error, never at the call: what its watch was lost with, which is `SOURCE_ENDED` where it was forgotten;
   * `INVALID_ARGUMENT` for what names no task; `UNAVAILABLE` when NATS is closed, or could not be read for ten minutes.
   */
  readonly source: SnapshotSource;
  /**
   * Does the work, until it is unsubscribed from, and then ends what it has begun, within `requestTimeoutMs` and 5 s.
   * Tells its figures each second from the start; `isWell` says whether NATS does what is asked of it.
   *
   * @throws `INVALID_ARGUMENT` at the call; as the error `FLEET_CONFIG` where the server is set up for other workers than
   * this, `UNAUTHORIZED` when a provider refuses a key that it has never accepted, `INVALID_ARGUMENT` for a key that is
   * none, and a cadence that throws, and `UNAVAILABLE` when NATS is closed, or has not done what it should for ten
   * minutes.
   */
  work(options?: WorkOptions): Observable<WorkFigures>;
  /** How the fleet stands, asked of the server and of all workers, which takes a second. @throws `UNAVAILABLE`, as a rejection. */
  status(): Promise<FleetStatus>;
  /**
   * Changes what the server was set up with to what these options say. Stop all workers before, and start them with the
   * same options. Where there is something to change, it first asks whether workers run, which takes a second.
   *
   * @returns What it changed.
   * @throws As rejections: `FLEET_CONFIG` for what cannot be changed, and while workers run, saying how many, before
   * anything is changed; `UNAVAILABLE` when NATS does not answer: what was begun is completed by another `upgrade`.
   */
  upgrade(): Promise<readonly Difference[]>;
}

/**
 * Watches tasks on many machines, any of which may die, over NATS JetStream: who works and who listens share nothing else.
 *
 * @throws `INVALID_ARGUMENT` at the call, naming the option. What it returns fails with `UNSUPPORTED` where
 * `@nats-io/jetstream` or `@nats-io/transport-node` is not installed.
 * @example
 * ```ts
 * const fleet = createFleet({ connection, provider: cometapi({ apiKey }) });
 * const working = fleet.work({ concurrency: 32 }).subscribe({ error: console.error }); // on every worker
 *
 * await fleet.submit({ provider: 'cometapi', id: 'task_abc123' }); // 'submitted', from anywhere
 * createClient(fleet.source).watch({ provider: 'cometapi', id: 'task_abc123' }).subscribe(({ status }) => console.log(status));
 * ```
 */
export function createFleet(options: FleetOptions): Fleet {
  checkNames('createFleet', options, names);
  const { connection, name = usualFleetName, provider, providers = provider ? [provider] : [], ...others } = options;
  if (typeof Object(connection).subscribe !== 'function')
    throw invalidArgument('fleet.connection', 'a connection to NATS, as connect() makes it', connection);
  if (provider && options.providers) throw invalidArgument('fleet.provider', 'none beside providers', provider.name);
  checkProviders(providers);
  const { shards: _, maxLive: __, keepEventsMs: ___, replicas: ____, ...polling } = others;
  const layout = new Layout(name);
  const settings = checkFleetSettings(options);
  const { requestTimeoutMs } = settings;
  const parts = { layout, settings, providers, polling: pollSettings({ ...polling, requestTimeoutMs }) };
  let opening: Promise<OnNats> | undefined;
  const open = () => {
    opening ??= loadNats().then(({ onNats }) => onNats(connection, parts));
    return opening;
  };
  const known = providers.map((each) => each.name);
  const nameOf = (task: TaskLike) => nameTask(task, known.length > 0 ? known : undefined);

  return Object.freeze({
    async submit(task, given = {}) {
      checkNames('submit', given, ['deadlineMs']);
      const { task: ref, known } = nameOf(task);
      const stated = providers.find((each) => each.name === ref.provider)?.deadlineMs;
      const { deadlineMs = stated ?? clientDefaults.deadlineMs } = given;
      checkMs('deadlineMs', deadlineMs, { orInfinity: true });
      return (await open()).submit({ ref, deadlineMs, isNew: known !== undefined && isLive(known) });
    },
    async forget(task) {
      const { task: ref } = nameOf(task);
      return (await open()).forget(ref);
    },
    source: (task) => defer(open).pipe(switchMap(({ source }) => source(task))),
    work(given = {}) {
      const chosen = checkWork(given);
      if (providers.length === 0) throw invalidArgument('fleet.providers', 'at least one, to work for', 'none');
      return defer(open).pipe(switchMap((fleet) => fleet.work(chosen)));
    },
    status: async () => (await open()).status(),
    upgrade: async () => (await open()).upgrade(),
  } satisfies Fleet);
}

/** What needs the client of NATS, which is installed apart. */
async function loadNats(): Promise<typeof import('./on-nats.js')> {
  try {
    return await import('./on-nats.js');
  } catch (error) {
    if (!/MODULE_NOT_FOUND$/.test(Object(error).code) || !messageOf(error).includes('@nats-io/')) throw error;
    const message = 'a fleet needs the client of NATS: npm install @nats-io/jetstream @nats-io/transport-node';
    throw new RushesError('UNSUPPORTED', message, { cause: error });
  }
}

const names: readonly string[] = [
  'connection',
  'provider',
  'providers',
  'name',
  'requestTimeoutMs',
  'shards',
  'maxLive',
  'keepEventsMs',
  'replicas',
  'transport',
  'fetch',
  'cadence',
  'retry',
  'raw',
  'maxBodyBytes',
  'random',
] satisfies (keyof FleetOptions)[];

function checkProviders(providers: readonly Provider[]): void {
  if (!Array.isArray(providers)) throw invalidArgument('fleet.providers', 'a list of providers', providers);
  const wrong = providers.find((each) => !isProvider(each));
  if (wrong !== undefined) throw invalidArgument('fleet.provider', 'a provider, such as cometapi({ apiKey })', wrong);
  const twice = providers.find((each, i) => providers.some((other, j) => j < i && other.name === each.name));
  if (twice) throw invalidArgument('fleet.providers', 'a name of its own for each provider', twice.name);
}
