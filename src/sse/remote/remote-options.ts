import { asyncScheduler, type Observable, type SchedulerLike } from 'rxjs';
import { checkMs } from '../../cadence/delay.js';
import { Waits } from '../../cadence/waits.js';
import { checkLedger, type Ledger } from '../../create/ledger.js';
import { checkFunctions, checkNames, invalidArgument, type RushesError } from '../../errors.js';
import type { FetchTransportOptions } from '../../http/fetch-transport.js';
import { checkRetry, type RetryOptions } from '../../operators/retry-transient.js';
import { checkScheduler } from '../../watch/poll-source.js';
import { checkHeaders, type RemoteHeaders } from './headers.js';

/** How a gateway is asked. */
export interface RemoteOptions {
  /**
   * Headers of your own, such as `Authorization`; a function is asked at every connection, and once more after a 401 or
   * 403.
   *
   * @defaultValue none
   */
  readonly headers?: RemoteHeaders | (() => RemoteHeaders | Promise<RemoteHeaders>);
  /** How passing trouble is met. @defaultValue `retryDefaults` */
  readonly retry?: RetryOptions;
  /** Another `fetch`. @defaultValue the runtime's, or that of `cross-fetch` where it has none */
  readonly fetch?: FetchTransportOptions['fetch'];
  /** Whether cookies are sent; `include` for a gateway at another origin. @defaultValue `"same-origin"` */
  readonly credentials?: RequestCredentials;
  /** Connect anew, now: each value ends the waits, but no pause that the gateway asked for. @defaultValue `NEVER` */
  readonly wake?: Observable<unknown>;
  /**
   * How long a connection may say nothing, not even a heartbeat, before it is broken and made anew; `Infinity` for any
   * time.
   *
   * @defaultValue 45000, three heartbeats of a gateway
   */
  readonly silenceMs?: number;
  /** How long one request may take to be answered; `Infinity` for any time. @defaultValue 30000 */
  readonly requestTimeoutMs?: number;
  /**
   * How long a create may take to be answered before it is sent again, under the same key; `Infinity` for any time. The
   * gateway itself may wait for as long as its client's `createTimeoutMs`.
   *
   * @defaultValue 130000, a little more than a client's
   */
  readonly createTimeoutMs?: number;
  /**
   * The most connections for news at the same time; tasks that find no room on them wait for some. Browsers open six to
   * an origin over HTTP/1.1, for reads, creates and videos, too.
   *
   * @defaultValue 4
   */
  readonly maxConnections?: number;
  /** Where creates are noted before they are sent, and tasks until they have ended. @defaultValue none */
  readonly ledger?: Ledger;
  /** Told when the ledger could not note something: of a task that was made, or has ended, all the same. @defaultValue nobody */
  readonly onLedgerFailed?: (error: RushesError) => void;
  /** Where time comes from. @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
  /** Where chance comes from: numbers in [0, 1). @defaultValue `Math.random` */
  readonly random?: () => number;
}

/** The defaults of {@link RemoteOptions} that are plain values. */
export const remoteDefaults = Object.freeze({
  credentials: 'same-origin',
  silenceMs: 45_000,
  requestTimeoutMs: 30_000,
  createTimeoutMs: 130_000,
  maxConnections: 4,
} as const satisfies RemoteOptions);

/** Checked options, and what all that goes to one gateway shares. */
export interface RemoteSettings {
  /** The gateway's address, whole, without a trailing slash; it throws while there is none. */
  readonly url: string;
  readonly headers: () => RemoteHeaders | Promise<RemoteHeaders>;
  /** Whether asking for the headers again may give others. */
  readonly canRefresh: boolean;
  readonly retry: Required<RetryOptions>;
  readonly fetch: FetchTransportOptions['fetch'];
  readonly credentials: RequestCredentials;
  readonly wake: Observable<unknown> | undefined;
  readonly silenceMs: number;
  readonly requestTimeoutMs: number;
  readonly createTimeoutMs: number;
  readonly maxConnections: number;
  readonly ledger: Ledger | undefined;
  readonly onLedgerFailed: (error: RushesError) => void;
  readonly random: () => number;
  readonly waits: Waits;
}

const names: readonly string[] = [
  'headers',
  'retry',
  'fetch',
  'credentials',
  'wake',
  'silenceMs',
  'requestTimeoutMs',
  'createTimeoutMs',
  'maxConnections',
  'ledger',
  'onLedgerFailed',
  'scheduler',
  'random',
] satisfies (keyof RemoteOptions)[];

/** @throws `INVALID_ARGUMENT` naming the option. */
export function remoteSettings(url: () => string, options: RemoteOptions): RemoteSettings {
  checkNames('options', options, names);
  const {
    headers = {},
    credentials = remoteDefaults.credentials,
    silenceMs = remoteDefaults.silenceMs,
    requestTimeoutMs = remoteDefaults.requestTimeoutMs,
    createTimeoutMs = remoteDefaults.createTimeoutMs,
    maxConnections = remoteDefaults.maxConnections,
    scheduler = asyncScheduler,
    random = Math.random,
    wake,
    ledger,
  } = options;
  checkFunctions({ fetch: options.fetch, onLedgerFailed: options.onLedgerFailed, random });
  if (!['omit', 'same-origin', 'include'].includes(credentials))
    throw invalidArgument('credentials', '"omit", "same-origin" or "include"', credentials);
  if (wake !== undefined && typeof wake?.subscribe !== 'function') throw invalidArgument('wake', 'an Observable', wake);
  checkMs('silenceMs', silenceMs, { orInfinity: true });
  checkMs('requestTimeoutMs', requestTimeoutMs, { orInfinity: true });
  checkMs('createTimeoutMs', createTimeoutMs, { orInfinity: true });
  if (!(typeof maxConnections === 'number' && maxConnections >= 1))
    throw invalidArgument('maxConnections', 'a number, 1 or more, or Infinity', maxConnections);
  checkScheduler(scheduler);
  checkLedger(ledger);
  const fixed = typeof headers === 'function' ? undefined : checkHeaders(headers);
  return {
    get url() {
      return url();
    },
    headers: typeof headers === 'function' ? headers : () => fixed ?? {},
    canRefresh: fixed === undefined,
    retry: checkRetry(options.retry),
    fetch: options.fetch,
    credentials,
    wake,
    silenceMs,
    requestTimeoutMs,
    createTimeoutMs,
    maxConnections,
    ledger,
    onLedgerFailed: options.onLedgerFailed ?? (() => undefined),
    random,
    waits: new Waits(scheduler),
  };
}
