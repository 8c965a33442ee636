import type { ConsumerInfo } from '@nats-io/jetstream';
import { ownerOf } from '../streams/plan.js';
import type { WorkerReport } from '../worker/roll-call.js';
import { shortId } from './worker-differences.js';

/** What alerts are read off. */
export interface Seen {
  readonly workers: readonly WorkerReport[];
  readonly consumers: readonly ConsumerInfo[];
  /** Messages that are handed to nobody. */
  readonly unclaimed: number;
  /** The most that a consumer may hold. */
  readonly maxLive: number;
}

/** Clocks that differ by more are worth a look, although nothing is counted by them. */
const MAX_SKEW_MS = 5_000;

/** How near to its limit a consumer may come before somebody should know. */
const NEARLY_FULL = 0.9;

/** What somebody should look at. */
export function alertsOf({ workers, consumers, unclaimed, maxLive }: Seen): readonly string[] {
  const alerts = [...ofAbsence(workers, consumers)];
  if (consumers.some(({ num_ack_pending }) => num_ack_pending > NEARLY_FULL * maxLive))
    alerts.push(`a consumer holds nearly the ${counted(maxLive, 'task')} that it may: see maxLive and shards`);
  if (unclaimed > 0)
    alerts.push(
      `${counted(unclaimed, 'message')} of work ${isOrAre(unclaimed)} handed to nobody: ` +
        'start a worker of their provider, or see unclaimed',
    );
  const served = consumers.filter(({ name }) => countOf(workers, ownerOf(name)?.provider) > 0);
  const waiting = sum(served.map(({ num_pending }) => num_pending));
  if (waiting > 0)
    alerts.push(`${counted(waiting, 'task')} ${waiting === 1 ? 'has' : 'have'} not been asked about yet`);
  return [...alerts, ...workers.flatMap((each) => ofWorker(each, workers))];
}

function ofWorker(
  { worker, figures, workers: shared, perSecond, providers }: WorkerReport,
  all: readonly WorkerReport[],
): readonly string[] {
  const alerts: string[] = [];
  const { isWell, lastTrouble, skewMs } = figures;
  const name = `worker ${shortId(worker)}`;
  // What has a task is trouble of its provider.
  const reason = lastTrouble && !lastTrouble.task ? `: ${lastTrouble.message}` : '';
  if (!isWell) alerts.push(`${name} gets no work from NATS${reason}`);
  if (Math.abs(skewMs) > MAX_SKEW_MS)
    alerts.push(`the clock of ${name} is ${Math.abs(skewMs)} ms ${skewMs < 0 ? 'behind' : 'ahead of'} the server's`);
  // Each provider has a budget of its own.
  const sharing = Math.max(...providers.map((provider) => countOf(all, provider)));
  if (perSecond !== null && sharing > shared)
    alerts.push(`${name} reckons with ${counted(shared, 'worker')} for its rate, and ${sharing} run`);
  return alerts;
}

/** Whose tasks are to be watched, while no worker is there for them. */
function ofAbsence(workers: readonly WorkerReport[], consumers: readonly ConsumerInfo[]): readonly string[] {
  const watches = consumers.map(({ name, num_pending, num_ack_pending }) => {
    return { provider: ownerOf(name)?.provider, live: num_pending + num_ack_pending };
  });
  const inWords = (whom: string, live: number) =>
    live > 0 ? [`no worker answers${whom}, and ${counted(live, 'task')} ${isOrAre(live)} to be watched`] : [];
  if (workers.length === 0) return inWords('', sum(watches.map(({ live }) => live)));
  return [...new Set(watches.map(({ provider }) => provider))].flatMap((provider) => {
    if (provider === undefined || countOf(workers, provider) > 0) return [];
    return inWords(` for ${provider}`, sum(watches.filter((of) => of.provider === provider).map(({ live }) => live)));
  });
}

/** How many workers there are for a provider. */
function countOf(workers: readonly WorkerReport[], provider: string | undefined): number {
  return workers.filter(({ providers }) => providers.some((name) => name === provider)).length;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function isOrAre(count: number): string {
  return count === 1 ? 'is' : 'are';
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
