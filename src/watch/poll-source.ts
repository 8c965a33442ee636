import { asyncScheduler, defer, type Observable, type SchedulerLike } from 'rxjs';
import { type Budget, createBudget } from '../budget/budget.js';
import type { Cadence } from '../cadence/cadence.js';
import { checkMs, isDelay } from '../cadence/delay.js';
import { jittered } from '../cadence/jittered.js';
import { pollEvery } from '../cadence/poll-every.js';
import { Waits } from '../cadence/waits.js';
import { checkFunctions, invalidArgument } from '../errors.js';
import { exchange, exchangeDefaults } from '../http/exchange.js';
import { type FetchTransportOptions, fetchTransport } from '../http/fetch-transport.js';
import type { Transport } from '../http/transport.js';
import { checkRetry, type RetryOptions } from '../operators/retry-transient.js';
import type { HttpResponse, Operation, PollGuidance, Provider } from '../providers/provider.js';
import type { TaskRef } from '../task/ref.js';
import type { Snapshot } from '../task/snapshot.js';
import { Account } from './account.js';
import { Reporter } from './activity.js';
import { pollWith } from './poll.js';
import { createReader } from './read.js';
import type { SnapshotSource } from './snapshot-source.js';
import { WakeCalls } from './wake-calls.js';

/** How tasks are asked about. */
export interface PollOptions {
  /** The way to the network. @defaultValue {@link fetchTransport} over `fetch` */
  readonly transport?: Transport;
  /** Another `fetch` for the default transport. @defaultValue the runtime's, or that of `cross-fetch` where it has none */
  readonly fetch?: FetchTransportOptions['fetch'];
  /** How much may be asked. @defaultValue one of its own: 32 requests at once */
  readonly budget?: Budget;
  /** When to ask again. @defaultValue the provider's guidance, jittered over its whole range */
  readonly cadence?: Cadence;
  /** How passing trouble is met. @defaultValue `retryDefaults` */
  readonly retry?: RetryOptions;
  /** How long one request may take; `Infinity` for any time. @defaultValue 30000 */
  readonly requestTimeoutMs?: number;
  /** Ask now: each value ends the waits, but no pause that a server asked for. @defaultValue `NEVER` */
  readonly wake?: Observable<unknown>;
  /** Keep each body as received in `snapshot.raw`. @defaultValue `false` */
  readonly raw?: boolean;
  /** The most bytes, after decompression, that a status answer may have. @defaultValue 1048576 */
  readonly maxBodyBytes?: number;
  /** Where time comes from. @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
  /** Where chance comes from: numbers in [0, 1). @defaultValue `Math.random` */
  readonly random?: () => number;
}

/** The defaults of {@link PollOptions} that are plain values. */
export const pollDefaults = Object.freeze({
  requestTimeoutMs: 30_000,
  raw: false,
  maxBodyBytes: exchangeDefaults.maxBodyBytes,
} satisfies PollOptions);

/** Checked options, and what one client's watches share. */
export interface PollSettings {
  readonly transport: Transport;
  readonly budget: Budget;
  readonly cadence: Cadence | undefined;
  readonly retry: Required<RetryOptions>;
  readonly requestTimeoutMs: number;
  readonly raw: boolean;
  readonly maxBodyBytes: number;
  readonly random: () => number;
  readonly waits: Waits;
  readonly wakes: WakeCalls;
  readonly reporter: Reporter;
}

/** @throws `INVALID_ARGUMENT` naming the option. */
export function pollSettings(options: PollOptions): PollSettings {
  const {
    cadence,
    wake,
    scheduler = asyncScheduler,
    random = Math.random,
    requestTimeoutMs = pollDefaults.requestTimeoutMs,
    raw = pollDefaults.raw,
    maxBodyBytes = pollDefaults.maxBodyBytes,
  } = options;
  checkFunctions({ transport: options.transport, fetch: options.fetch, cadence, random });
  if (options.transport && options.fetch) throw invalidArgument('fetch', 'none beside transport', options.fetch);
  checkScheduler(scheduler);
  if (typeof raw !== 'boolean') throw invalidArgument('raw', 'a boolean', raw);
  if (wake !== undefined && typeof wake?.subscribe !== 'function') throw invalidArgument('wake', 'an Observable', wake);
  if (options.budget !== undefined && typeof options.budget?.lane !== 'function') {
    throw invalidArgument('budget', 'what createBudget made', options.budget);
  }
  checkMs('requestTimeoutMs', requestTimeoutMs, { orInfinity: true });
  const waits = new Waits(scheduler);
  return {
    transport: options.transport ?? fetchTransport({ random, ...(options.fetch && { fetch: options.fetch }) }),
    budget: options.budget ?? createBudget({ scheduler }),
    cadence,
    retry: checkRetry(options.retry),
    requestTimeoutMs,
    raw,
    maxBodyBytes,
    random,
    waits,
    wakes: new WakeCalls(wake, waits),
    reporter: new Reporter(),
  };
}

/** @throws `INVALID_ARGUMENT` naming the option when `scheduler` is none. */
export function checkScheduler(scheduler: SchedulerLike, option = 'scheduler'): void {
  if (typeof scheduler?.schedule !== 'function') throw invalidArgument(option, 'an RxJS scheduler', scheduler);
}

/** The ways to ask an account: about a task until it has ended, about a task once, and for anything else. */
export interface Asking {
  readonly exchange: (operation: Operation, onHandedOver?: () => void) => Observable<HttpResponse>;
  readonly watch: SnapshotSource;
  readonly read: (task: TaskRef) => Observable<Snapshot>;
}

/** Asks `account` as `settings` say. */
export function askAccount(account: Account, settings: PollSettings): Asking {
  const { transport, maxBodyBytes, waits } = settings;
  const ask = exchange(account.provider, transport, { maxBodyBytes });
  const read = createReader({ ...settings, account, exchange: ask });
  return {
    exchange: ask,
    watch: pollWith({ ...settings, read, cadence: cadenceOf(account.provider, settings) }),
    read: (task) => defer(() => read({ task }, waits.now())),
  };
}

/**
 * A provider's tasks, asked: polls until the task has ended, through whatever trouble passes. Bare: put `shareByTask`
 * around it for the law of a watch, or use `createClient`, which does.
 *
 * @throws `INVALID_ARGUMENT` naming the option.
 * @example
 * ```ts
 * const source = shareByTask(pollSource(cometapi({ apiKey }), { cadence: pollEvery(15_000) }));
 * source({ provider: 'cometapi', id: 'task_abc123' }).subscribe(console.log);
 * ```
 */
export function pollSource(provider: Provider, options: PollOptions = {}): SnapshotSource {
  const settings = pollSettings(options);
  return askAccount(new Account(provider, settings.budget), settings).watch;
}

/** When to ask a provider again: by the cadence that was chosen, or where that names no time, by what it wants itself. */
export function cadenceOf(
  { guidance }: Pick<Provider, 'guidance'>,
  { cadence, random }: Pick<PollSettings, 'cadence' | 'random'>,
): Cadence {
  const usual = guided(guidance, random);
  if (!cadence) return usual;
  return (seen) => {
    const waitMs = cadence(seen);
    return isDelay(waitMs) ? waitMs : usual(seen);
  };
}

/** Somewhere within what the provider wants, anywhere as likely, so that no crowd stays together. */
function guided({ minMs, maxMs }: PollGuidance, random: () => number): Cadence {
  const middleMs = (minMs + maxMs) / 2;
  return jittered(pollEvery(middleMs), { ratio: middleMs === 0 ? 0 : (maxMs - minMs) / 2 / middleMs, random });
}
