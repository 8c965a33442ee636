import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { fleetDefaults } from '../../src/fleet/fleet-settings.js';
import { Layout } from '../../src/fleet/layout.js';
import { settle } from '../../src/fleet/streams/settle.js';
import { encodeOrder } from '../../src/fleet/watch-order.js';
import { Broker } from '../buses/brokers/broker.js';
import { natsServer } from '../buses/brokers/nats.js';
import { type Figure, median } from './figure.js';
import type { Tally } from './fleet-cpu.worker.js';
import { taskId } from './scene.js';
import type { Workers } from './worker.js';

const crew = 2;
/** Two waits with their jitter, as tasks come in crowds. */
const measuredMs = 10_500;
/** More than a wait and its jitter: all that was said while it warmed up is over then. */
const settlingMs = 6_500;

/** How many tasks there are, how long they wait at most while it warms up, and how long that may take. */
interface Crowd {
  readonly tasks: number;
  readonly waitMs: number;
  readonly warmUpMs: number;
}

const some: Crowd = { tasks: 10_000, waitMs: 3_000, warmUpMs: 20_000 };
const many: Crowd = { tasks: 50_000, waitMs: 12_000, warmUpMs: 60_000 };

/** What a poll took, and what a task did. */
interface Run {
  readonly serverUs: number;
  readonly workersUs: number;
  readonly pollsPerSecond: number;
  readonly late: { readonly p50: number; readonly p99: number };
  /** What the server keeps in memory, for each task. */
  readonly serverKb: number;
  /** What a worker keeps of each task that it knows. */
  readonly workerKb: number;
}

type Side = 'fleet' | 'bare';

/** P14: what a fleet's poll takes of server and workers, against the client that gives back what it is handed. */
export async function fleetCpu(workers: Workers): Promise<readonly Figure[]> {
  const runs = { fleet: [] as Run[], bare: [] as Run[] };
  for (let round = 0; round < 2; round++) {
    for (const side of ['fleet', 'bare'] as const) runs[side].push(await run(workers, side, some));
  }
  return figuresOf('P14', some, middle(runs.fleet), middle(runs.bare));
}

/** P14b: the same of five times as many tasks, once. */
export async function fleetCrowdCpu(workers: Workers): Promise<readonly Figure[]> {
  const fleet = await run(workers, 'fleet', many);
  return figuresOf('P14b', many, fleet, await run(workers, 'bare', many));
}

function figuresOf(metric: string, { tasks }: Crowd, fleet: Run, bare: Run): readonly Figure[] {
  const us = ({ serverUs, workersUs }: Run) => `${serverUs.toFixed(0)} + ${workersUs.toFixed(0)} µs`;
  const { p50, p99 } = fleet.late;
  return [
    {
      metric,
      what: `CPU of a fleet's poll, ${tasks} tasks: server and workers, ${us(fleet)}`,
      against: `the client that only says nak, ${us(bare)}`,
      measured: (fleet.serverUs + fleet.workersUs) / (bare.serverUs + bare.workersUs),
      goal: 1.5,
    },
    {
      metric: '',
      what: `  lateness: p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, at ${fleet.pollsPerSecond.toFixed(0)} polls/s`,
      against: 'the interval, 5 s: p99',
      measured: p99 / 5_000,
      goal: 0.05,
    },
    { metric: '', what: '  memory of the server for each task', against: '', measured: fleet.serverKb, unit: 'KB' },
    {
      metric: '',
      what: '  heap of a worker for each task it knows',
      against: '',
      measured: fleet.workerKb,
      unit: 'KB',
    },
  ];
}

async function run(workers: Workers, side: Side, { tasks, waitMs, warmUpMs }: Crowd): Promise<Run> {
  const pidFile = join(tmpdir(), `rushes-bench-${process.pid}-${performance.now()}.pid`);
  const broker = await Broker.start(natsServer(() => `pid_file: ${JSON.stringify(pidFile)}`));
  const pid = Number(readFileSync(pidFile, 'utf8'));
  const connection = await connect({ port: broker.port });
  const ending: Promise<unknown>[] = [];
  try {
    const emptyKb = memoryKb(pid);
    await submit(connection, tasks);
    for (let nth = 0; nth < crew; nth++) ending.push(workers.run('fleet-cpu', side, broker.port, tasks, waitMs));
    const untilMs = performance.now() + warmUpMs;
    await sleep(2_000);
    // A task that a worker sees for the first time is read first: what follows is what there is of most polls.
    while ((await tallies(connection)).some((it) => it.tasks < 0.97 * tasks) && performance.now() < untilMs)
      await sleep(500);
    connection.publish('bench.warm');
    await sleep(settlingMs);

    const [before, serverBefore] = [await tallies(connection), cpuUs(pid)];
    await sleep(measuredMs);
    const [after, serverAfter] = [await tallies(connection), cpuUs(pid)];
    const grown = (of: 'cpuUs' | 'polls') => sum(after, of) - sum(before, of);
    const polls = grown('polls');
    const late = after.flatMap(({ lateMs }) => lateMs);
    return {
      serverUs: (serverAfter - serverBefore) / polls,
      workersUs: grown('cpuUs') / polls,
      pollsPerSecond: polls / (measuredMs / 1_000),
      late: { p50: median(late.map(({ p50 }) => p50)), p99: median(late.map(({ p99 }) => p99)) },
      serverKb: (memoryKb(pid) - emptyKb) / tasks,
      workerKb: median(await askAll<number>(connection, 'bench.heap')) / 1_024,
    };
  } finally {
    await connection.close();
    await broker.close();
    await Promise.all(ending);
    rmSync(pidFile, { force: true });
  }
}

/** Puts tasks to watch on an empty server, as `submit` stores them, but without a look at what there is. */
async function submit(connection: NatsConnection, tasks: number): Promise<void> {
  const js = jetstream(connection);
  const layout = new Layout('rushes');
  await settle(await jetstreamManager(connection), layout, fleetDefaults, ['cometapi']);
  for (let from = 0; from < tasks; from += 500) {
    const refs = Array.from({ length: 500 }, (_, nth) => ({ provider: 'cometapi', id: taskId(from + nth) }));
    const order = { deadlineMs: 3_600_000, isNew: false };
    await Promise.all(refs.map((ref) => js.publish(layout.pollSubject(ref), encodeOrder({ ref, ...order }))));
  }
}

const tallies = (connection: NatsConnection) => askAll<Tally>(connection, 'bench.tally');

/** What each worker says when it is asked. */
async function askAll<Answer>(connection: NatsConnection, what: string): Promise<readonly Answer[]> {
  const heard: Answer[] = [];
  const options = { strategy: 'count', maxMessages: crew, maxWait: 5_000 } as const;
  for await (const answer of await connection.requestMany(what, undefined, options)) heard.push(answer.json<Answer>());
  if (heard.length < crew) throw new Error(`only ${heard.length} of ${crew} workers answer`);
  return heard;
}

function sum(all: readonly Tally[], of: 'cpuUs' | 'polls'): number {
  return all.reduce((total, tally) => total + tally[of], 0);
}

/** The run whose poll took the middle of all, the less of two middles: what else the machine does only adds. */
function middle(runs: readonly Run[]): Run {
  const took = ({ serverUs, workersUs }: Run) => serverUs + workersUs;
  return [...runs].sort((a, b) => took(a) - took(b))[(runs.length - 1) >> 1] as Run;
}

/** CPU time that a process took so far. Linux counts it in hundredths of a second. */
function cpuUs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

function memoryKb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
