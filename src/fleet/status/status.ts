import type { ConsumerInfo } from '@nats-io/jetstream';
import type { FleetContext } from '../fleet-context.js';
import { natsTrouble } from '../nats-trouble.js';
import { agreed } from '../streams/plan.js';
import { type Difference, differences } from '../streams/settle.js';
import { callRoll, type WorkerReport } from '../worker/roll-call.js';
import { alertsOf, sum } from './alerts.js';
import { readReport } from './read-report.js';
import { workerDifferences } from './worker-differences.js';

/** How a fleet stands. */
export interface FleetStatus {
  /** Watches that some consumer holds, or will hold: of all providers that a worker was ever started for. */
  readonly live: number;
  /** Of those, the ones that their consumer has handed to no worker yet: what is new, and what is beyond `maxLive`. */
  readonly waiting: number;
  /**
   * Messages in the stream of work that no consumer hands out: watches of providers that no worker was ever started for,
   * and on NATS 2.9 what a server that was killed brings back of watches that are over.
   */
  readonly unclaimed: number;
  /** The most that a consumer may hold of them, as the fleet agreed on it: what is beyond it waits. */
  readonly maxLive: number;
  /** News that is kept. */
  readonly events: number;
  /** The polls of all workers in a second. */
  readonly pollsPerSecond: number;
  /** How late turns come, at the worker that is the latest, in milliseconds. */
  readonly lateMs: { readonly p50: number; readonly p99: number };
  /** Watches that were lost since the workers that run now began. */
  readonly lost: number;
  /** The workers that answered within a second, in words that this version can read. */
  readonly workers: readonly WorkerReport[];
  /**
   * What on the server is not as this fleet's options say, whatever provider it is for, and what workers have otherwise
   * than the fleet agreed on.
   */
  readonly differences: readonly Difference[];
  /** What somebody should look at. */
  readonly alerts: readonly string[];
}

/** Asks the server and all workers how the fleet stands. */
export async function statusOf(fleet: FleetContext): Promise<FleetStatus> {
  const { manager, layout, settings, providers } = fleet;
  try {
    const names = providers.map(({ name }) => name);
    const [answers, wrong, events] = await Promise.all([
      callRoll(fleet),
      differences(manager, layout, settings, names),
      newsIn(fleet),
    ]);
    const workers = answers.flatMap((data) => readReport(data) ?? []);
    const polls = () => manager.streams.info(layout.pollStream);
    const { config, state: before } = await polls();
    const agreement = agreed(config.description);
    const consumers: ConsumerInfo[] = [];
    for await (const info of manager.consumers.list(layout.pollStream)) consumers.push(info);
    const figures = workers.map((worker) => worker.figures);
    const waiting = sum(consumers.map(({ num_pending }) => num_pending));
    const maxLive = typeof agreement?.maxLive === 'number' ? agreement.maxLive : settings.maxLive;
    const live = waiting + sum(consumers.map(({ num_ack_pending }) => num_ack_pending));
    // What came, or ended, meanwhile is none.
    const unclaimed = Math.max(Math.min(before.messages, (await polls()).state.messages) - live, 0);
    return Object.freeze({
      live,
      waiting,
      unclaimed,
      maxLive,
      events,
      pollsPerSecond: sum(figures.map((each) => each.pollsPerSecond)),
      lateMs: {
        p50: Math.max(0, ...figures.map(({ lateMs }) => lateMs.p50)),
        p99: Math.max(0, ...figures.map(({ lateMs }) => lateMs.p99)),
      },
      lost: sum(figures.map(({ lost }) => lost)),
      workers,
      differences: [...wrong, ...workerDifferences(workers, agreement)],
      alerts: alertsOf({ workers, consumers, unclaimed, maxLive }),
    });
  } catch (error) {
    throw natsTrouble(error);
  }
}

/** How much of what the stream of news holds is news: workers read the server's clock off the rest. */
async function newsIn({ manager, layout }: FleetContext): Promise<number> {
  // News may be of so many tasks that its subjects come in pages.
  const { state } = await manager.streams.info(layout.eventStream, { subjects_filter: `${layout.clocks}.>` });
  return Math.max(state.messages - sum(Object.values(state.subjects ?? {})), 0);
}
