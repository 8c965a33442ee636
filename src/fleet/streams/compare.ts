import type { ConsumerConfig, ConsumerInfo, StreamConfig, StreamInfo } from '@nats-io/jetstream';
import { type Finding, type Mending, type Part, WAITING } from './difference.js';
import type { Found } from './found.js';
import { agreed, type ConsumerPlan, ownerOf, type Plan, type StreamPlan } from './plan.js';

const OLDEST_SERVER = '2.9.0';

/** Durations on the wire are nanoseconds. */
const durations: ReadonlySet<string> = new Set(['max_age', 'ack_wait', 'inactive_threshold', 'max_expires']);

/** What no server changes of a stream that is there. */
const fixedOfStreams: ReadonlySet<string> = new Set(['retention', 'storage', 'sealed', 'deny_purge', 'mirror']);

/** What every server changes of a consumer that is there; for the rest it is made anew. */
const updatable: ReadonlySet<string> = new Set(['ack_wait', 'max_ack_pending', 'max_deliver']);

/** What would keep work from workers, beside what a plan names. What a newer server adds is ignored. */
const unwanted = [
  'deliver_subject',
  'headers_only',
  'backoff',
  'inactive_threshold',
  'max_batch',
  'max_bytes',
  'max_expires',
  'filter_subjects',
] as const satisfies readonly (keyof ConsumerConfig)[];

/** All that is not as a plan needs it. */
export function compare(found: Found, plan: Plan): readonly Finding[] {
  return [...compareConfigs(found, plan), ...ofRoom(found, plan)];
}

/** The same, however much work there is. */
export function compareConfigs(found: Found, plan: Plan): readonly Finding[] {
  return [
    ...ofServer(found),
    ...ofCluster(found, plan),
    ...ofAgreement(found.polls, plan),
    ...ofStream('polls', found.polls, plan.polls),
    ...ofStream('events', found.events, plan.events),
    ...plan.consumers.flatMap((needed) => ofConsumer(found.consumers.get(needed.consumer), needed)),
    ...inTheWay(found, plan),
  ];
}

function ofServer({ version }: Found): readonly Finding[] {
  if (version === undefined || !isOlder(version, OLDEST_SERVER)) return [];
  const difference = { of: 'server', setting: 'version', found: version, needed: `${OLDEST_SERVER} or newer` };
  return [{ part: 'server', mending: 'never', difference }];
}

/** A server on its own takes the number of replicas for an answer, and keeps one copy. */
function ofCluster({ polls, events }: Found, { settings: { replicas } }: Plan): readonly Finding[] {
  if (replicas === 1 || [polls, events].every((stream) => !stream || stream.cluster?.name)) return [];
  const difference = {
    of: 'server',
    setting: 'cluster',
    found: undefined,
    needed: `${replicas} replicas need one of ${replicas} servers`,
  };
  return [{ part: 'server', mending: 'never', difference }];
}

function isOlder(version: string, other: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

function ofAgreement(polls: StreamInfo | undefined, { settings, polls: { name, description } }: Plan): Finding[] {
  if (!polls) return [];
  const settled = agreed(polls.config.description);
  if (!settled) {
    const of = `stream ${name}`;
    return [finding('polls', 'update', of, 'description', polls.config.description, description)];
  }
  return (Object.keys(settings) as (keyof typeof settings)[])
    .filter((setting) => settled[setting] !== settings[setting])
    .map((setting) => finding('polls', 'update', 'fleet', setting, settled[setting], settings[setting]));
}

function ofStream(part: Part, info: StreamInfo | undefined, needed: StreamPlan): Finding[] {
  const of = `stream ${needed.name}`;
  if (!info) return [finding(part, 'create', of, 'presence', 'absent', 'present')];
  const { config } = info;
  const settings = Object.keys({ ...needed, mirror: undefined }) as (keyof StreamConfig)[];
  return settings
    .filter((setting) => setting !== 'description' && !isSame(config[setting], needed[setting]))
    .map((setting) => {
      const mending = fixedOfStreams.has(setting) ? 'never' : 'update';
      return finding(part, mending, of, setting, config[setting], needed[setting]);
    });
}

function ofConsumer(info: ConsumerInfo | undefined, { consumer, config }: ConsumerPlan): Finding[] {
  const of = `consumer ${consumer}`;
  if (!info) return [finding('consumer', 'create', of, 'presence', 'absent', 'present', consumer)];
  const settings = [...(Object.keys(config) as (keyof ConsumerConfig)[]), ...unwanted];
  return settings
    .filter((setting) => !isSame(info.config[setting], config[setting]))
    .map((setting) => {
      const mending = updatable.has(setting) ? 'update' : 'replace';
      return finding('consumer', mending, of, setting, info.config[setting], config[setting], consumer);
    });
}

/** Consumers that take what others are for: of another number of shards, which go, and strangers, which stay. */
function inTheWay({ consumers }: Found, plan: Plan): Finding[] {
  const needed = new Set(plan.consumers.map(({ consumer }) => consumer));
  const providers = new Set(plan.consumers.map(({ provider }) => provider));
  return [...consumers.values()].flatMap(({ name, config }) => {
    if (needed.has(name)) return [];
    const owner = ownerOf(name);
    const isOfPlan = owner !== undefined && providers.has(owner.provider);
    const isWhatItSays = owner && config.filter_subject === plan.layout.polls(owner.provider, owner.shard);
    // Workers of that provider look after it.
    if (isWhatItSays && !isOfPlan) return [];
    const mending = isOfPlan ? 'remove' : 'never';
    return [finding('consumer', mending, `consumer ${name}`, 'presence', 'present', 'absent', name)];
  });
}

/** Consumers for which there is more work than they may hand out: some of it would never be looked at. */
function ofRoom({ consumers }: Found, { settings, consumers: needed }: Plan): Finding[] {
  return needed.flatMap(({ provider, consumer }) => {
    // With shards it is not known what of the rest will be whose.
    const its =
      settings.shards === 1 ? [...consumers.keys()].filter((name) => ownerOf(name)?.provider === provider) : [];
    const waiting = [...new Set([consumer, ...its])].reduce((sum, name) => sum + work(consumers.get(name)), 0);
    if (waiting <= settings.maxLive) return [];
    const of = `consumer ${consumer}`;
    return [finding('consumer', 'never', of, WAITING, waiting, `maxLive: at most ${settings.maxLive}`)];
  });
}

function work(info: ConsumerInfo | undefined): number {
  return info ? info.num_ack_pending + info.num_pending : 0;
}

/** Servers leave out what is nothing. */
function isSame(found: unknown, needed: unknown): boolean {
  return (!found && !needed) || JSON.stringify(found) === JSON.stringify(needed);
}

function finding(
  part: Part,
  mending: Mending,
  of: string,
  setting: string,
  found: unknown,
  needed: unknown,
  consumer?: string,
): Finding {
  const difference = { of, setting, found: readable(setting, found), needed: readable(setting, needed) };
  return { part, mending, difference, ...(consumer !== undefined && { consumer }) };
}

function readable(setting: string, wire: unknown): unknown {
  if (!durations.has(setting) || typeof wire !== 'number') return wire;
  return setting === 'max_age' && wire === 0 ? Number.POSITIVE_INFINITY : wire / 1e6;
}
