import type { JetStreamManager } from '@nats-io/jetstream';
import type { FleetSettings } from '../fleet-settings.js';
import type { Layout } from '../layout.js';
import { howToUpgrade } from './advice.js';
import { compare, compareConfigs } from './compare.js';
import { type Difference, type Finding, fleetConfig, type Part } from './difference.js';
import { find, isRefusal, survey } from './found.js';
import { type Plan, planOf, type Settled } from './plan.js';

export type { Difference } from './difference.js';
export type { Settled } from './plan.js';

/** Each is made only once all before it were read back and found right. */
const parts = ['polls', 'events', 'consumer'] as const;

/** When it is settled. */
export interface SettleOptions {
  /**
   * Whether there has to be room for all work. A worker that runs goes on when the fleet has come to hold more, so one that
   * settles again must not be refused for it. @defaultValue true
   */
  readonly isFirst?: boolean;
}

/**
 * Reads what the server has, creates what is absent, and refuses what differs; nothing that is there is changed.
 *
 * Of workers that start together on an empty server with other settings, one decides, by creating the stream of work:
 * servers refuse to create a stream anew with other settings, while those before 2.10 just change a consumer. So the
 * settings stand in that stream's description, and no consumer is touched before they were read there.
 *
 * @returns The consumers of `providers`, to pull from.
 * @throws `FLEET_CONFIG` listing every difference; what the bus fails with.
 */
export async function settle(
  manager: JetStreamManager,
  layout: Layout,
  settings: FleetSettings,
  providers: readonly string[],
  { isFirst = true }: SettleOptions = {},
): Promise<readonly Settled[]> {
  const plan = planOf(layout, settings, providers);
  const look = async () => (isFirst ? compare : compareConfigs)(await find(manager, plan), plan);
  let failure: unknown;
  for (const [i, part] of parts.entries()) {
    const findings = await look();
    const wrong = findings.filter((it) => it.mending !== 'create' || (parts as readonly Part[]).indexOf(it.part) < i);
    if (wrong.length > 0) throw reason(plan, wrong, failure);
    if (findings.length === 0) return settled(plan);
    failure = await create(manager, plan, part, findings);
  }
  const left = await look();
  if (left.length > 0) throw reason(plan, left, failure);
  return settled(plan);
}

/**
 * All that is not as a fleet needs it, also what is absent, of `providers` and all others that have consumers there; `[]`
 * when all is. @throws What the bus fails with.
 */
export async function differences(
  manager: JetStreamManager,
  layout: Layout,
  settings: FleetSettings,
  providers: readonly string[],
): Promise<readonly Difference[]> {
  const { found, plan } = await survey(manager, layout, settings, providers);
  return compare(found, plan).map(({ difference }) => difference);
}

/**
 * Creates what is absent of a part.
 *
 * @returns What went wrong: it is looked next whether that matters. Another may have created it meanwhile, and where two
 * do so at once, a cluster answers only one of them.
 */
async function create(
  manager: JetStreamManager,
  plan: Plan,
  part: (typeof parts)[number],
  findings: readonly Finding[],
): Promise<unknown> {
  const absent = findings.filter((it) => it.part === part);
  if (absent.length === 0) return undefined;
  try {
    if (part !== 'consumer') await manager.streams.add({ ...plan[part] });
    else for (const { consumer } of absent) await createConsumer(manager, plan, consumer);
  } catch (error) {
    return error;
  }
  return undefined;
}

function reason(plan: Plan, wrong: readonly Finding[], failure: unknown): unknown {
  const hasRefused = isRefusal(failure);
  const isAbsent = wrong.every(({ mending }) => mending === 'create');
  if (failure !== undefined && !hasRefused && isAbsent) return failure;
  const advice = `start it with what the fleet has, or stop all workers and change the fleet with ${howToUpgrade(plan, wrong)}`;
  return fleetConfig(wrong, advice, hasRefused ? failure : undefined);
}

/** Servers since 2.10 refuse to create it over another: that is what the client asks for by `add`. */
export async function createConsumer(manager: JetStreamManager, plan: Plan, name: string | undefined): Promise<void> {
  const config = plan.consumers.find(({ consumer }) => consumer === name)?.config;
  if (config) await manager.consumers.add(plan.polls.name, config);
}

function settled({ consumers }: Plan): readonly Settled[] {
  return consumers.map(({ provider, shard, consumer }) => ({ provider, shard, consumer }));
}
