import type { ConsumerInfo } from '@nats-io/jetstream';
import type { FleetContext } from './fleet-context.js';
import { natsTrouble } from './nats-trouble.js';
import { type Difference, differences } from './streams/settle.js';
import type { WorkerReport } from './worker/roll-call.js';

/** How a fleet stands. */
export interface FleetStatus {
  /** Watches that workers have, or will have. */
  readonly live: number;
  /** Of those, the ones that no worker has begun with. */
  readonly waiting: number;
  /**
   * Messages in the stream of work that nobody hands out: watches of providers that no worker has, and on NATS 2.9 what a
   * server that was killed brings back of watches that are over.
   */
  readonly unclaimed: number;
  /** The most that a consumer may hold of them: what is beyond it waits. */
  readonly maxLive: number;
  /** Messages in the stream of news. */
  readonly events: number;
  /** The polls of all workers in a second. */
  readonly pollsPerSecond: number;
  /** How late turns come, at the worker that is the latest, in milliseconds. */
  readonly lateMs: { readonly p50: number; readonly p99: number };
  /** Watches that were lost since the workers that run now began. */
  readonly lost: number;
  /** The workers that answered within a second. */
  readonly workers: readonly WorkerReport[];
  /** What on the server, or at a worker, is not as this fleet's options say. */
  readonly differences: readonly Difference[];
  /** What somebody should look at. */
  readonly alerts: readonly string[];
}

/** How long workers may take to answer. */
const ROLL_CALL_MS = 1_000;

/** Clocks that differ by more are worth a look, although nothing is counted by them. */
const MAX_SKEW_MS = 5_000;

/** How near to its limit a consumer may come before somebody should know. */
const NEARLY_FULL = 0.9;

/** Asks the server and all workers how the fleet stands. */
export async function statusOf(fleet: FleetContext): Promise<FleetStatus> {
  const { manager, layout, settings, providers } = fleet;
  try {
    const names = providers.map(({ name }) => name);
    const [workers, wrong, events] = await Promise.all([
      rollCall(fleet),
      differences(manager, layout, settings, names),
      manager.streams.info(layout.eventStream),
    ]);
    const stored = async () => (await manager.streams.info(layout.pollStream)).state.messages;
    const before = await stored();
    const consumers: ConsumerInfo[] = [];
    for await (const info of manager.consumers.list(layout.pollStream)) consumers.push(info);
    const figures = workers.map((worker) => worker.figures);
    const waiting = sum(consumers.map(({ num_pending }) => num_pending));
    const live = waiting + sum(consumers.map(({ num_ack_pending }) => num_ack_pending));
    const seen = {
      live,
      waiting,
      // What came, or ended, meanwhile is none.
      unclaimed: Math.max(Math.min(before, await stored()) - live, 0),
      maxLive: settings.maxLive,
      events: events.state.messages,
      pollsPerSecond: sum(figures.map((each) => each.pollsPerSecond)),
      lateMs: {
        p50: Math.max(0, ...figures.map(({ lateMs }) => lateMs.p50)),
        p99: Math.max(0, ...figures.map(({ lateMs }) => lateMs.p99)),
      },
      lost: sum(figures.map(({ lost }) => lost)),
      workers,
      differences: wrong,
    };
    const isNearlyFull = consumers.some(({ num_ack_pending }) => num_ack_pending > NEARLY_FULL * settings.maxLive);
    return Object.freeze({ ...seen, alerts: alertsOf(seen, isNearlyFull) });
  } catch (error) {
    throw natsTrouble(error);
  }
}

async function rollCall({ connection, layout }: FleetContext): Promise<readonly WorkerReport[]> {
  const reports: WorkerReport[] = [];
  try {
    const answers = await connection.requestMany(layout.rollCall, undefined, {
      strategy: 'timer',
      maxWait: ROLL_CALL_MS,
    });
    for await (const answer of answers) if (answer.data.length > 0) reports.push(answer.json<WorkerReport>());
  } catch (error) {
    // No worker hears the call.
    if (Object(error).name !== 'NoResponders') throw error;
  }
  return reports;
}

function alertsOf(seen: Omit<FleetStatus, 'alerts'>, isNearlyFull: boolean): readonly string[] {
  const { workers, live, waiting, unclaimed, maxLive } = seen;
  const alerts: string[] = [];
  if (workers.length === 0 && live > 0) alerts.push(`no worker answers, and ${live} tasks are to be watched`);
  if (isNearlyFull) alerts.push(`a consumer holds nearly the ${maxLive} tasks that it may: see shards`);
  if (unclaimed > 0) alerts.push(`${unclaimed} messages of work are handed to nobody: see unclaimed`);
  if (waiting > 0 && workers.length > 0) alerts.push(`${waiting} tasks have not been asked about yet`);
  for (const { worker, figures, workers: shared, perSecond } of workers) {
    if (Math.abs(figures.skewMs) > MAX_SKEW_MS)
      alerts.push(`the clock of worker ${worker} is ${figures.skewMs} ms ahead of the server's`);
    if (perSecond !== null && workers.length > shared)
      alerts.push(`worker ${worker} shares its budget with ${shared} workers, and ${workers.length} run`);
  }
  return alerts;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
