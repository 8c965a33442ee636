import { Queue, QueueEvents } from 'bullmq';
import type { Snapshot } from '../../../src/index.js';
import { type FaultScript, type Simulation, simulate } from '../../../src/testing/index.js';
import { Broker } from '../brokers/broker.js';
import { redisServer } from '../brokers/redis.js';
import type { Program } from './program.js';

export const jobIdOf = (id: string) => `cometapi.${encodeURIComponent(id)}`;

/** A Redis, a provider, and whoever listens to the queue. */
export async function openWorld(program: Program, faults: FaultScript = () => undefined) {
  const broker = await Broker.start(redisServer({ 'maxmemory-policy': 'noeviction' }));
  const sim: Simulation = await simulate({ faults });
  const url = `redis://127.0.0.1:${broker.port}`;
  const queue = new Queue('watches', { connection: { url } });
  const events = new QueueEvents('watches', { connection: { url } });
  queue.on('error', () => undefined);
  events.on('error', () => undefined);

  /** By the job: each event and what it told, in order. */
  const heard = new Map<string, string[]>();
  const hear = (kind: string, jobId: string, what: unknown) => {
    const { task, status } = Object(what) as Snapshot;
    const isOfAnother = task && jobIdOf(task.id) !== jobId;
    heard.set(jobId, [...(heard.get(jobId) ?? []), `${kind}: ${isOfAnother ? 'of another task' : (status ?? what)}`]);
  };
  events.on('progress', ({ jobId, data }) => hear('progress', jobId, data));
  events.on('completed', ({ jobId, returnvalue }) => hear('completed', jobId, returnvalue));
  events.on('failed', ({ jobId, failedReason }) => hear('failed', jobId, failedReason));
  await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);
  const workers: ReturnType<Program['start']>[] = [];

  return {
    broker,
    sim,
    queue,
    heard: (id: string): readonly string[] => heard.get(jobIdOf(id)) ?? [],
    reads: (id: string) => sim.requests.filter((request) => request.id === id).length,
    /** Starts a worker that adds `ids` first. */
    start(ids: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
      const worker = program.start({ REDIS_URL: url, COMETAPI_URL: `${sim.url}/cometapi`, ...env }, ids);
      workers.push(worker);
      return worker;
    },
    /** Ends all that were started, too. */
    async close() {
      for (const { child } of workers) child.kill('SIGKILL');
      await Promise.all(workers.map(({ gone }) => gone));
      await Promise.all([queue.close(), events.close()]);
      await sim.close();
      await broker.close();
    },
  };
}
