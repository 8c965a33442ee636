import type { JetStreamManager, StreamConfig, StreamInfo } from '@nats-io/jetstream';
import type { FleetSettings } from '../fleet-settings.js';
import type { Layout } from '../layout.js';
import { howToUpgrade } from './advice.js';
import { compare } from './compare.js';
import { type Difference, type Finding, fleetConfig, type Mending, WAITING } from './difference.js';
import { type Found, find, isAbsence, isRefusal, survey } from './found.js';
import type { Plan } from './plan.js';
import { createConsumer } from './settle.js';

const advice = 'the server cannot change that: mend it by hand, or give the fleet another name';
const speaker = 'these options need';

/**
 * Changes what the server has to what is needed, for `providers` and all others that have consumers there. Messages
 * stay; those of a consumer that is made anew are handed out at once, whatever they were waiting for.
 *
 * What was agreed on changes first. So whoever starts when this was broken off is refused, unless it wants what this
 * wanted, and to run it again completes it.
 *
 * @param running - Counts the workers that run. It is asked only where there is something to change.
 * @returns What it changed.
 * @throws `FLEET_CONFIG`, before anything is changed, for what the server cannot change, and while workers run; what the
 * bus fails with.
 */
export async function upgrade(
  manager: JetStreamManager,
  layout: Layout,
  settings: FleetSettings,
  providers: readonly string[],
  running: () => Promise<number> = async () => 0,
): Promise<readonly Difference[]> {
  const { found: before, plan } = await survey(manager, layout, settings, providers);
  const findings = compare(before, plan);
  if (findings.length === 0) return [];
  const fixed = findings.filter(({ mending }) => mending === 'never');
  if (fixed.length > 0) {
    const isFull = fixed.every(({ difference }) => difference.setting === WAITING);
    throw fleetConfig(fixed, isFull ? `run ${howToUpgrade(plan, findings)}` : advice, undefined, speaker);
  }
  const workers = await running();
  if (workers > 0) throw fleetConfig(findings, stopFirst(workers), undefined, speaker);
  let refusal: unknown;
  try {
    await mend(manager, plan, before, findings);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    refusal = error;
  }
  const left = compare(await find(manager, plan), plan);
  if (left.length > 0) throw fleetConfig(left, `run ${howToUpgrade(plan, left)} again`, refusal, speaker);
  return findings.map(({ difference }) => difference);
}

async function mend(manager: JetStreamManager, plan: Plan, before: Found, findings: readonly Finding[]): Promise<void> {
  const { streams, consumers } = manager;
  for (const part of ['polls', 'events'] as const) {
    if (!findings.some((it) => it.part === part)) continue;
    const { name, ...config } = plan[part];
    if (before[part]) await streams.update(name, { ...config, ...shorterMemory(before[part], config.max_age) });
    else await streams.add({ name, ...config });
  }

  const named = (...mendings: readonly Mending[]) => {
    const its = findings.filter((it) => it.part === 'consumer' && mendings.includes(it.mending));
    return new Set(its.flatMap(({ consumer }) => consumer ?? []));
  };
  // No two consumers may take the same work, so the old ones go before new ones come.
  const replaced = named('replace');
  const stream = plan.polls.name;
  for (const name of new Set([...named('remove'), ...replaced])) await remove(manager, stream, name);
  for (const name of named('update')) {
    const config = plan.consumers.find(({ consumer }) => consumer === name)?.config;
    if (config && !replaced.has(name)) await consumers.update(stream, name, config);
  }
  for (const name of new Set([...named('create'), ...replaced])) await createConsumer(manager, plan, name);
}

function stopFirst(workers: number): string {
  const run = workers === 1 ? '1 worker still runs, which' : `${workers} workers still run, which`;
  return `${run} would be refused then: stop all workers, upgrade, and start them with the same options`;
}

/** No server remembers ids of messages for longer than it keeps the messages, and none shortens that of itself. */
function shorterMemory(info: StreamInfo | undefined, maxAge = 0): Partial<StreamConfig> {
  return maxAge > 0 && info && info.config.duplicate_window > maxAge ? { duplicate_window: maxAge } : {};
}

async function remove(manager: JetStreamManager, stream: string, consumer: string): Promise<void> {
  try {
    await manager.consumers.delete(stream, consumer);
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
}
