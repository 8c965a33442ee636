import { asyncScheduler, ReplaySubject, type SchedulerLike } from 'rxjs';
import { checkPositiveMs } from '../../cadence/delay.js';
import { Waits } from '../../cadence/waits.js';
import { checkFunctions, checkNames, invalidArgument } from '../../errors.js';
import { checkScheduler } from '../../watch/poll-source.js';
import { checkStreamTimes, given } from './check-options.js';
import { ConnectionCounts } from './connection-counts.js';
import { CrossSite } from './cross-site.js';
import { type GatewayLimits, type GatewayOptions, gatewayDefaults, gatewayLimitsDefaults } from './gateway-options.js';
import { Guard } from './guard.js';
import { withoutSecrets } from './projected.js';
import { type OnError, reporting } from './report.js';
import { SharedWatches } from './shared-watches.js';

/** Checked options, and what all requests to one gateway share. */
export interface GatewayContext {
  readonly options: GatewayOptions & typeof gatewayDefaults;
  readonly project: NonNullable<GatewayOptions['project']>;
  readonly limits: Required<GatewayLimits>;
  readonly guard: Guard;
  readonly watches: SharedWatches;
  readonly connections: ConnectionCounts;
  readonly crossSite: CrossSite;
  /** Emits once, when the gateway closes. */
  readonly closed: ReplaySubject<void>;
  readonly scheduler: SchedulerLike;
  readonly random: () => number;
  readonly report: OnError;
}

/** @throws `INVALID_ARGUMENT` naming the option. */
export function openContext(raw: GatewayOptions): GatewayContext {
  checkNames('gateway', raw, names);
  const options = { ...gatewayDefaults, ...given(raw) };
  const { client, basePath, origins = [], signal, random = Math.random, project = withoutSecrets } = options;
  for (const method of ['watch', 'create', 'cancel', 'content', 'read'] as const) {
    if (typeof client?.[method] !== 'function') throw invalidArgument('client', 'what createClient made', client);
  }
  if (typeof options.authorize !== 'function') {
    throw invalidArgument('authorize', 'a function that says who may see which task', options.authorize);
  }
  const { authorizeCreate, authorizeCancel, created, principal, onError } = options;
  checkFunctions({ authorizeCreate, authorizeCancel, created, principal, project, onError, random });
  const { extraFields } = options;
  const areFields = extraFields === undefined || (Array.isArray(extraFields) && extraFields.every(isString));
  if (!areFields) throw invalidArgument('extraFields', 'a list of names of fields', extraFields);
  if (!isBasePath(basePath))
    throw invalidArgument('basePath', 'a path such as "/rushes", without a slash at its end, or ""', basePath);
  if (options.scheduler !== undefined) checkScheduler(options.scheduler);
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw invalidArgument('signal', 'an AbortSignal', signal);
  }
  checkStreamTimes(options);
  for (const name of ['authorizeTimeoutMs', 'reauthorizeMs', 'answerTimeoutMs', 'lingerMs', 'rememberMs'] as const) {
    checkPositiveMs(name, options[name]);
  }
  checkCount('maxBodyBytes', options.maxBodyBytes);
  const limits = limitsOf(options.limits);
  const report = reporting(onError);
  const scheduler = new Waits(options.scheduler ?? asyncScheduler);
  const closed = new ReplaySubject<void>(1);
  const close = () => closed.next();
  if (signal?.aborted) close();
  else signal?.addEventListener('abort', close, { once: true });
  const { authorizeTimeoutMs, lingerMs, rememberMs } = options;
  return {
    ...{ options, project, limits, closed, scheduler, random, report },
    guard: new Guard({ authorizeTimeoutMs, scheduler, report }),
    watches: new SharedWatches({ client, lingerMs, rememberMs, limits, scheduler, closed }),
    connections: new ConnectionCounts(limits),
    crossSite: new CrossSite(origins),
  };
}

const isString = (value: unknown) => typeof value === 'string';

/** No request has a path that URLs write in another way. */
function isBasePath(path: unknown): boolean {
  if (typeof path !== 'string' || !/^(?:\/[^/?#]+)*$/.test(path)) return false;
  return path === '' || new URL(path, 'http://h').pathname === path;
}

function limitsOf(limits: GatewayLimits = {}): Required<GatewayLimits> {
  checkNames('limits', limits, Object.keys(gatewayLimitsDefaults));
  const all = { ...gatewayLimitsDefaults, ...given(limits) };
  for (const [name, limit] of Object.entries(all)) checkCount(`limits.${name}`, limit);
  const most = gatewayLimitsDefaults.tasksPerConnection;
  if (all.tasksPerConnection > most) {
    throw invalidArgument('limits.tasksPerConnection', `at most ${most}`, all.tasksPerConnection);
  }
  return all;
}

function checkCount(option: string, count: unknown): void {
  const isCount = typeof count === 'number' && count >= 1 && (Number.isInteger(count) || count === Infinity);
  if (!isCount) throw invalidArgument(option, 'a whole number, 1 or more', count);
}

const names: readonly string[] = [
  ...(Object.keys(gatewayDefaults) as (keyof typeof gatewayDefaults)[]),
  'client',
  'authorize',
  'authorizeCreate',
  'authorizeCancel',
  'extraFields',
  'created',
  'principal',
  'project',
  'onError',
  'origins',
  'limits',
  'signal',
  'scheduler',
  'random',
] satisfies (keyof GatewayOptions)[];
