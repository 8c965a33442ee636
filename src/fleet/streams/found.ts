import type { ConsumerInfo, JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import type { FleetSettings } from '../fleet-settings.js';
import type { Layout } from '../layout.js';
import { ownerOf, type Plan, planOf } from './plan.js';

/** What a server has of a fleet. */
export interface Found {
  /** The version of the server; unknown where the client does not tell it. */
  readonly version: string | undefined;
  readonly polls: StreamInfo | undefined;
  readonly events: StreamInfo | undefined;
  /** The consumers of the stream of work, by name. */
  readonly consumers: ReadonlyMap<string, ConsumerInfo>;
}

/** Reads what a fleet has, and plans for `providers` and all others that have consumers there. @throws What the bus fails with. */
export async function survey(
  manager: JetStreamManager,
  layout: Layout,
  settings: FleetSettings,
  providers: readonly string[],
): Promise<{ readonly found: Found; readonly plan: Plan }> {
  const found = await find(manager, planOf(layout, settings, providers));
  return { found, plan: planOf(layout, settings, [...providers, ...providersOf(found, layout)]) };
}

/** Whose consumers there are. */
function providersOf({ consumers }: Found, layout: Layout): readonly string[] {
  return [...consumers.values()].flatMap(({ name, config }) => {
    const owner = ownerOf(name);
    return owner && config.filter_subject === layout.polls(owner.provider, owner.shard) ? owner.provider : [];
  });
}

/** Reads what a plan is about, and what else takes of the work. @throws What the bus fails with. */
export async function find(manager: JetStreamManager, plan: Plan): Promise<Found> {
  try {
    return await look(manager, plan);
  } catch (error) {
    // A cluster drops questions about a stream that was just made, and has no leader yet.
    if (Object(error).name !== 'TimeoutError') throw error;
    return look(manager, plan);
  }
}

async function look(manager: JetStreamManager, plan: Plan): Promise<Found> {
  const { streams } = manager;
  const [polls, events] = await Promise.all([
    unlessAbsent(streams.info(plan.polls.name)),
    unlessAbsent(streams.info(plan.events.name)),
  ]);
  return {
    version: versionOf(manager),
    polls,
    events,
    consumers: polls ? await consumersOf(manager, plan) : new Map(),
  };
}

async function consumersOf(manager: JetStreamManager, plan: Plan): Promise<ReadonlyMap<string, ConsumerInfo>> {
  const stream = plan.polls.name;
  const found = new Map<string, ConsumerInfo>();
  try {
    for await (const info of manager.consumers.list(stream)) found.set(info.name, info);
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
  // A cluster lists what answers in time: to be absent is to be asked for by name, and not to be there.
  const unlisted = plan.consumers.filter(({ consumer }) => !found.has(consumer));
  const asked = unlisted.map(({ consumer }) => unlessAbsent(manager.consumers.info(stream, consumer)));
  for (const info of await Promise.all(asked)) if (info) found.set(info.name, info);
  return found;
}

/** No public method tells it, but the managers of all versions have it. */
function versionOf(manager: JetStreamManager): string | undefined {
  const { getConnection } = manager as { getConnection?: () => { info?: { version?: string } } };
  return getConnection?.call(manager)?.info?.version;
}

async function unlessAbsent<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** Whether a server said that a stream or a consumer is not there. */
export function isAbsence(error: unknown): boolean {
  return /^(?:Stream|Consumer)NotFoundError$/.test(Object(error).name);
}

/** Whether a server would not do it, now or later: it is not that it did not answer, or has no leader at the moment. */
export function isRefusal(error: unknown): boolean {
  const { name, status } = Object(error);
  return name === 'JetStreamApiError' && status !== 503;
}
