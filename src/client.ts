import { asyncScheduler, defer, type Observable, type SchedulerLike } from 'rxjs';
import { createBudget } from './budget/budget.js';
import { checkMs } from './cadence/delay.js';
import { Waits } from './cadence/waits.js';
import { keptInput } from './create/kept-input.js';
import { checkLedger, checkOrigin, type Ledger } from './create/ledger.js';
import { isProvider, openAccounts, providersBackend } from './create/providers-backend.js';
import { run } from './create/run.js';
import { checkNames, invalidArgument, RushesError } from './errors.js';
import type { OpenedResponse } from './http/transport.js';
import { type AddressRules, checkAddressRules } from './http/video-address.js';
import type { TaskEvent } from './operators/task-event.js';
import type { CreateInput } from './providers/create-input.js';
import type { Provider } from './providers/provider.js';
import type { CompletedSnapshot, Snapshot } from './task/snapshot.js';
import type { Account } from './watch/account.js';
import { type Activity, Reporter } from './watch/activity.js';
import type { Backend, CancelOutcome, ContentOptions, CreateOptions } from './watch/backend.js';
import { sharedRead, watchUntil } from './watch/deadline.js';
import { checkScheduler, type PollOptions, pollDefaults, pollSettings } from './watch/poll-source.js';
import { type Abortable, once, result } from './watch/result.js';
import { shareByTask } from './watch/share-by-task.js';
import type { SnapshotSource } from './watch/snapshot-source.js';
import { type NamedTask, nameTask, type TaskLike } from './watch/task-like.js';
import { type ManyTasks, type WatchAllOptions, watchAll } from './watch/watch-all.js';

/** When one subscription to a watch ends at the latest. */
export interface WatchOptions {
  /** Counted from the subscription; `Infinity` for never. @defaultValue 3600000, or what the provider states */
  readonly deadlineMs?: number;
}

/** How a client over a backend works; what steers polls belongs to the backend. */
export interface BackendClientOptions extends WatchOptions {
  /** How long the last read before a deadline may take. @defaultValue 30000 */
  readonly requestTimeoutMs?: number;
  /** Where time comes from. @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
}

/** How a client over providers works. */
export interface ClientOptions extends PollOptions, WatchOptions, AddressRules {
  /** How long a create waits for its answer; then it is `CREATE_AMBIGUOUS`. @defaultValue 120000 */
  readonly createTimeoutMs?: number;
  /** Where creates are noted before they are sent, and tasks until they have ended. @defaultValue none */
  readonly ledger?: Ledger;
}

/** The defaults of {@link ClientOptions} that are plain values. */
export const clientDefaults = Object.freeze({
  ...pollDefaults,
  deadlineMs: 3_600_000,
  createTimeoutMs: 120_000,
} satisfies ClientOptions);

/** Watches, reads and makes tasks. Wrong arguments throw at the call; everything else is a stream error or a rejection. */
export interface Client {
  /**
   * The snapshots of a task until it has ended. A failed task is a snapshot, not an error; an error means that the
   * task's fate is unknown. Two subscribers share one poll; unsubscribing never touches the task itself.
   */
  watch(task: TaskLike, options?: WatchOptions): Observable<Snapshot>;
  /** One look at a task, with one request. */
  read(task: TaskLike, options?: Abortable): Promise<Snapshot>;
  /** Many tasks as one stream; one that is lost never ends the others. */
  watchAll(tasks: ManyTasks, options?: WatchAllOptions): Observable<TaskEvent>;
  /** The finished task. @throws `TASK_FAILED` when it ends without a video, the watch's error when it is lost. */
  result(task: TaskLike, options?: Abortable & WatchOptions): Promise<CompletedSnapshot>;
  /** Makes a task with at most one POST. @throws `CREATE_AMBIGUOUS` when it may or may not have been made. */
  create(input: CreateInput, options?: CreateOptions): Promise<Snapshot>;
  /** Makes one task at the first subscription and watches it; further subscriptions watch the same task. */
  run(input: CreateInput, options?: CreateOptions): Observable<Snapshot>;
  /** Asks the provider to give the task up. */
  cancel(task: TaskLike): Promise<CancelOutcome>;
  /** One request for a video's bytes. @throws `DOWNLOAD_FAILED` for an address where no video may be. */
  content(task: TaskLike, options?: ContentOptions): Promise<OpenedResponse>;
  /** What this client does, as it does it. */
  readonly activity: Observable<Activity>;
  /** The same providers and budget with other options, and watches of its own. */
  with(options: Omit<ClientOptions, 'budget'>): Client;
}

/**
 * A client over one or several providers, or over a backend.
 *
 * @throws `INVALID_ARGUMENT` naming the option.
 * @example
 * ```ts
 * const client = createClient(cometapi({ apiKey: process.env.COMETAPI_KEY }));
 * client.watch('task_abc123').subscribe((s) => console.log(s.status, s.progress)); // queued 0 … completed 100
 * ```
 */
export function createClient(provider: Provider | readonly Provider[], options?: ClientOptions): Client;
export function createClient(backend: Backend | SnapshotSource, options?: BackendClientOptions): Client;
export function createClient(
  to: Provider | readonly Provider[] | Backend | SnapshotSource,
  options: ClientOptions = {},
): Client {
  if (isProvider(to) || Array.isArray(to)) {
    checkNames('options', options, providerOptions);
    const { budget = createBudget({ scheduler: options.scheduler ?? asyncScheduler }) } = options;
    return overAccounts(openAccounts([to].flat() as Provider[], budget), { ...options, budget });
  }
  const misplaced = remoteOptions.find((name) => name in Object(options));
  if (misplaced) {
    const expected = `none over a backend: give it to the backend, such as remote(url, { ${misplaced} })`;
    throw invalidArgument(misplaced, expected, options[misplaced]);
  }
  checkNames('options', options, backendOptions);
  const backend = typeof to === 'function' ? { watch: to } : (to as Backend);
  if (typeof backend?.watch !== 'function') {
    throw invalidArgument('createClient', 'a provider, a list of them, or a backend with a watch', to);
  }
  const {
    deadlineMs = clientDefaults.deadlineMs,
    requestTimeoutMs = clientDefaults.requestTimeoutMs,
    scheduler = asyncScheduler,
  } = options;
  checkScheduler(scheduler);
  checkMs('requestTimeoutMs', requestTimeoutMs, { orInfinity: true });
  checkMs('deadlineMs', deadlineMs, { orInfinity: true });
  return assemble({
    backend,
    requestTimeoutMs,
    name: (task) => nameTask(task, undefined),
    waits: new Waits(scheduler),
    reporter: new Reporter(),
    deadlineMs: () => deadlineMs,
    with: (more) => createClient(backend, { ...options, ...more } as BackendClientOptions),
  });
}

function overAccounts(accounts: ReadonlyMap<string, Account>, options: ClientOptions): Client {
  const settings = pollSettings(options);
  const { createTimeoutMs = clientDefaults.createTimeoutMs, deadlineMs, ledger } = options;
  checkMs('createTimeoutMs', createTimeoutMs);
  checkLedger(ledger);
  checkAddressRules(options);
  if (deadlineMs !== undefined) checkMs('deadlineMs', deadlineMs, { orInfinity: true });
  return assemble({
    ...settings,
    backend: providersBackend(accounts, { ...settings, createTimeoutMs, ledger, addresses: options }),
    name: (task) => {
      const named = nameTask(task, [...accounts.keys()]);
      checkOrigin(named, accounts.get(named.task.provider)?.origin);
      return named;
    },
    deadlineMs: ({ task }) =>
      deadlineMs ?? accounts.get(task.provider)?.provider.deadlineMs ?? clientDefaults.deadlineMs,
    with: (more) => {
      const names = providerOptions.filter((name) => name !== 'budget');
      checkNames('options', more, names);
      const { transport: _, fetch: __, ...others } = options;
      return overAccounts(accounts, { ...(more.transport || more.fetch ? others : options), ...more });
    },
  });
}

interface Parts {
  readonly backend: Backend;
  /** @throws `INVALID_ARGUMENT` for what names no task of this client. */
  readonly name: (task: unknown) => NamedTask;
  readonly requestTimeoutMs: number;
  readonly waits: Waits;
  readonly reporter: Reporter;
  readonly deadlineMs: (named: NamedTask) => number;
  readonly with: Client['with'];
}

function assemble(parts: Parts): Client {
  const { backend, name, requestTimeoutMs, waits } = parts;
  const create = backend.create ?? missing('create');
  const read = backend.read ?? missing('read');
  const cancel = backend.cancel ?? missing('cancel');
  const content = backend.content ?? missing('content');
  const deadlines = {
    shared: shareByTask(backend.watch),
    // A deadline that waits for ever would be none.
    requestTimeoutMs: Number.isFinite(requestTimeoutMs) ? requestTimeoutMs : clientDefaults.requestTimeoutMs,
    waits,
    reporter: parts.reporter,
    read: backend.read && sharedRead(backend.read),
  };
  const watch = (named: NamedTask, deadlineMs = parts.deadlineMs(named)) =>
    watchUntil(deadlineMs, named.task, named.known, deadlines);
  const watchNamed = (task: unknown, options: WatchOptions & Abortable = {}) => {
    checkNames('options', options, ['deadlineMs', 'signal']);
    const { deadlineMs } = options;
    if (deadlineMs !== undefined) checkMs('deadlineMs', deadlineMs, { orInfinity: true });
    return watch(name(task), deadlineMs);
  };

  return Object.freeze<Client>({
    activity: parts.reporter.activity,
    with: parts.with,
    watch: watchNamed,
    watchAll: (tasks, options = {}) => watchAll(tasks, options, { name, watch: (named) => watch(named) }),
    result: (task, options = {}) => result(watchNamed(task, options), options),
    read: (task, { signal } = {}) => {
      const { task: ref } = name(task);
      const reading = defer(() => read(ref));
      return once(ref, reading, signal);
    },
    create: (input, options = {}) => {
      checkNames('create options', options, createOptions);
      return create(input, options);
    },
    run: (input, options = {}) => {
      checkNames('create options', options, createOptions);
      const kept = keptInput(input);
      backend.checkInput?.(kept, options);
      return run(
        () => create(kept, options),
        (created) => watchNamed(created),
      );
    },
    cancel: (task) => cancel(name(task).task),
    content: (task, options = {}) => content(name(task).task, options),
  });
}

function missing(part: keyof Backend): () => Promise<never> {
  return () => Promise.reject(new RushesError('UNSUPPORTED', `what this client stands on has no ${part}`));
}

const createOptions: readonly string[] = ['provider', 'idempotencyKey'] satisfies (keyof CreateOptions)[];

const backendOptions = [
  'deadlineMs',
  'requestTimeoutMs',
  'scheduler',
] as const satisfies (keyof BackendClientOptions)[];

/** Those that are options of `remote`, too. */
const remoteOptions = ['fetch', 'retry', 'createTimeoutMs', 'ledger', 'wake', 'random'] as const;

const providerOptions: readonly string[] = [
  ...backendOptions,
  ...remoteOptions,
  'transport',
  'budget',
  'cadence',
  'allowHosts',
  'allowHttp',
  'raw',
  'maxBodyBytes',
] satisfies (keyof ClientOptions)[];
