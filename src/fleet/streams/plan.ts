import type { ConsumerConfig, StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { providerNameProblem } from '../../task/ref.js';
import type { FleetSettings } from '../fleet-settings.js';
import { ackWaitMs } from '../hold.js';
import { type Layout, shards } from '../layout.js';

/** A consumer to pull from. */
export interface Settled {
  readonly provider: string;
  /** `*` for all work of the provider, or `0` to `f` for a part of it. */
  readonly shard: string;
  /** Its durable name. */
  readonly consumer: string;
}

/** What a stream has to be; where `undefined` stands, there must be nothing. */
export type StreamPlan = Partial<StreamConfig> & Pick<StreamConfig, 'name'>;

/** What a consumer has to be. */
export interface ConsumerPlan extends Settled {
  readonly config: Partial<ConsumerConfig>;
}

/** All that a fleet needs on the server. */
export interface Plan {
  readonly layout: Layout;
  readonly settings: FleetSettings;
  readonly polls: StreamPlan;
  readonly events: StreamPlan;
  readonly consumers: readonly ConsumerPlan[];
}

const VERSION = 1;
const ALL = '*';

/** A task may be told this often while a reader is away: all but the last few are no news by then. */
const EVENTS_PER_TASK = 64;

/**
 * What a fleet needs. Neither stream is limited in bytes or messages: an operator may do that, and is not contradicted.
 * Neither denies purges, which could never be allowed again: they call work off, and news of a task may have to go.
 */
export function planOf(layout: Layout, settings: FleetSettings, providers: Iterable<string>): Plan {
  const lasting = { storage: 'file', num_replicas: settings.replicas, no_ack: false, sealed: false } as const;
  return {
    layout,
    settings,
    polls: {
      name: layout.pollStream,
      description: describe(settings),
      subjects: [layout.polls()],
      retention: 'workqueue',
      discard: 'new',
      discard_new_per_subject: true,
      max_msgs_per_subject: 1,
      max_age: 0,
      deny_purge: false,
      ...lasting,
    },
    events: {
      name: layout.eventStream,
      subjects: [`${layout.events}.>`, `${layout.clocks}.>`],
      retention: 'limits',
      discard: 'old',
      max_msgs_per_subject: EVENTS_PER_TASK,
      max_age: Number.isFinite(settings.keepEventsMs) ? wholeNanos(settings.keepEventsMs) : 0,
      ...lasting,
    },
    consumers: [...new Set(providers)].flatMap((provider) =>
      (settings.shards === 1 ? [ALL] : shards).map((shard) => consumerOf(layout, settings, provider, shard)),
    ),
  };
}

function consumerOf(layout: Layout, settings: FleetSettings, provider: string, shard: string): ConsumerPlan {
  // No provider has an underscore in its name.
  const consumer = shard === ALL ? provider : `${provider}_${shard}`;
  return {
    provider,
    shard,
    consumer,
    config: {
      durable_name: consumer,
      filter_subject: layout.polls(provider, shard),
      ack_policy: 'explicit',
      ack_wait: wholeNanos(ackWaitMs(settings)),
      max_deliver: -1,
      max_ack_pending: settings.maxLive,
      deliver_policy: 'all',
      replay_policy: 'instant',
    },
  };
}

/** Whose work a consumer takes by its name, where it can be one of a fleet's. */
export function ownerOf(consumer: string): Pick<Settled, 'provider' | 'shard'> | undefined {
  const [provider = '', shard, ...more] = consumer.split('_');
  const isShard = shard === undefined || (shards as readonly string[]).includes(shard);
  if (!isShard || more.length > 0 || providerNameProblem(provider) !== undefined) return undefined;
  return { provider, shard: shard ?? ALL };
}

/** What the fleet agreed on, as it stands in the description of the stream of work. */
function describe({ requestTimeoutMs, shards, maxLive, keepEventsMs, replicas }: FleetSettings): string {
  return JSON.stringify({ v: VERSION, requestTimeoutMs, shards, maxLive, keepEventsMs, replicas });
}

/** What was agreed on by a description, for comparing only; `undefined` where it says nothing of this version. */
export function agreed(description: string | undefined): Readonly<Record<keyof FleetSettings, unknown>> | undefined {
  let told: unknown;
  try {
    told = JSON.parse(description ?? '');
  } catch {
    return undefined;
  }
  return Object(told).v === VERSION ? toldSettings(told) : undefined;
}

/** Settings that were told as JSON, to be compared or checked. It has no Infinity, and says null for it. */
export function toldSettings(told: unknown): Readonly<Record<keyof FleetSettings, unknown>> {
  const { requestTimeoutMs, shards, maxLive, keepEventsMs, replicas } = Object(told);
  const kept = keepEventsMs === null ? Number.POSITIVE_INFINITY : keepEventsMs;
  return { requestTimeoutMs, shards, maxLive, keepEventsMs: kept, replicas };
}

/** A server reads whole numbers only. */
function wholeNanos(ms: number): number {
  return Math.round(nanos(ms));
}
