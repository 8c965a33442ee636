import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, afterEach, expect, type TestContext, vi } from 'vitest';
import { generationHeader, generationOf } from '../../../src/fleet/events.js';
import { createFleet, type FleetOptions, type WorkFigures, type WorkOptions } from '../../../src/fleet/index.js';
import { Layout } from '../../../src/fleet/layout.js';
import { cometapi, createClient, pollEvery } from '../../../src/index.js';
import {
  type SimulatedRequest,
  type SimulateOptions,
  type Simulation,
  simulate,
  type Timeline,
} from '../../../src/testing/index.js';
import { bundleProgram } from '../../bundle-program.js';
import { Broker } from '../brokers/broker.js';
import { natsServer } from '../brokers/nats.js';
import type { WorkerOrder } from './fleet-worker.js';

/** For `vi.waitFor`: machines are slow at times. */
export const patience = { timeout: 30_000, interval: 50 };

/** A message of the news, as it is stored. */
export interface Stored {
  readonly id: string;
  readonly type: string;
  readonly generation: number | undefined;
  readonly code: string | undefined;
  readonly storedMs: number;
}

export interface SceneOptions extends SimulateOptions {
  /** Of the server. */
  readonly configuration?: () => string;
  /** @defaultValue 500, so that what nobody speaks of comes back after 5.5 s */
  readonly requestTimeoutMs?: number;
  /** @defaultValue 200 */
  readonly cadenceMs?: number;
  /** Of a test that runs beside others. @defaultValue what was opened is closed after each test */
  readonly onTestFinished?: TestContext['onTestFinished'];
}

export function task(id: string, provider = 'cometapi') {
  return { provider, id };
}

/** A life that ends well. */
export function life(endsMs: number): Timeline {
  return [
    { afterMs: 0, status: 'queued' },
    { afterMs: Math.min(100, endsMs), status: 'in_progress', progress: 30 },
    { afterMs: endsMs, status: 'completed' },
  ];
}

export const isEnd = ({ type }: Stored) => /completed|failed|cancelled|expired|lost|forgotten/.test(type);

/** Opens scenes in the tests of a file, and closes what they opened. */
export function scenes() {
  const closingAfterEach: (() => unknown)[] = [];
  let folder: string | undefined;
  let program: Promise<void> | undefined;
  afterEach(async () => {
    for (const close of closingAfterEach.splice(0).reverse()) await close();
  });
  afterAll(() => folder && rmSync(folder, { recursive: true, force: true }));

  /** A server, a provider, and a fleet that nobody works for yet. */
  return async function open({ configuration, ...options }: SceneOptions = {}) {
    const { requestTimeoutMs = 500, cadenceMs = 200, onTestFinished, ...simulated } = options;
    // The last that was opened is closed first.
    const onceDone = (close: () => unknown) =>
      onTestFinished ? onTestFinished(async () => void (await close())) : closingAfterEach.push(close);
    const broker = await Broker.start(natsServer(configuration));
    onceDone(() => broker.close());
    const sim: Simulation = await simulate(simulated);
    onceDone(() => sim.close());
    const admin = configuration && { user: 'admin', pass: 'admin', inboxPrefix: '_INBOX_observer' };
    const dial = async (more: Parameters<typeof connect>[0] = {}): Promise<NatsConnection> => {
      const lasting = { maxReconnectAttempts: -1, reconnectTimeWait: 50, reconnectJitter: 0 };
      const connection = await connect({ port: broker.port, ...lasting, ...admin, ...more });
      onceDone(() => connection.close().catch(() => {}));
      return connection;
    };
    const connection = await dial();
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const baseUrl = `${sim.url}/cometapi`;
    const provider = cometapi({ apiKey: 'key', baseUrl });
    const timing = { requestTimeoutMs, cadence: pollEvery(cadenceMs), retry: { initialMs: 100, maxMs: 1_000 } };
    const fleetOf = (more: Partial<FleetOptions> = {}) =>
      createFleet({ connection, ...(more.providers ? {} : { provider }), ...timing, ...more });
    const fleet = fleetOf();
    const left = async (name = 'rushes', consumer = 'cometapi') => {
      const { pollStream } = new Layout(name);
      const { num_ack_pending, num_pending } = await manager.consumers.info(pollStream, consumer);
      const { messages } = (await manager.streams.info(pollStream)).state;
      return { messages, handedOut: num_ack_pending, untouched: num_pending };
    };

    return {
      broker,
      sim,
      connection,
      manager,
      js: jetstream(connection),
      baseUrl,
      fleet,
      dial,
      fleetOf,
      client: createClient(provider),
      /** Works in this process, on a connection of its own unless told otherwise. */
      async work(given: WorkOptions = {}, more: Partial<FleetOptions> = {}) {
        const worker = fleetOf({ connection: more.connection ?? (await dial()), ...more });
        const told: { figures?: WorkFigures; end?: 'complete' | { readonly error: unknown } } = {};
        const working = worker.work(given).subscribe({
          next: (figures) => {
            told.figures = figures;
          },
          error: (error: unknown) => {
            told.end = { error };
          },
          complete: () => {
            told.end = 'complete';
          },
        });
        onceDone(() => working.unsubscribe());
        return { told, stop: () => working.unsubscribe(), fleet: worker };
      },
      /** Works in a process of its own. */
      async process(order: Partial<WorkerOrder> = {}, args: readonly string[] = []) {
        folder ??= mkdtempSync(join(tmpdir(), 'rushes-fleet-'));
        const file = join(folder, 'worker.mjs');
        program ??= bundleProgram(fileURLToPath(new URL('fleet-worker.ts', import.meta.url)), file);
        await program;
        const usual = { port: broker.port, baseUrl, apiKey: 'key', name: 'rushes', requestTimeoutMs, cadenceMs };
        const child = spawn(process.execPath, [...args, file, JSON.stringify({ ...usual, ...order })], {
          stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
        });
        onceDone(() => end(child));
        const output = { text: '' };
        child.stdout?.on('data', (chunk: Buffer) => {
          output.text += chunk;
        });
        const gone = once(child, 'close');
        await Promise.race([once(child.stdout as NonNullable<typeof child.stdout>, 'data'), gone]);
        return { child, output, gone };
      },
      /** All news that is stored, in order. */
      async events(name = 'rushes'): Promise<readonly Stored[]> {
        const { eventStream, events } = new Layout(name);
        const { first_seq, last_seq } = (await manager.streams.info(eventStream)).state;
        const stored: Stored[] = [];
        for (let seq = first_seq; seq <= last_seq; seq++) {
          const message = await manager.streams.getMessage(eventStream, { seq });
          if (!message?.subject.startsWith(`${events}.`)) continue;
          const { type, data } = message.json<{
            type: string;
            data: { task: { id: string }; error?: { code: string } };
          }>();
          const generation = generationOf(message.header.get(generationHeader));
          const storedMs = message.time.getTime();
          stored.push({
            id: data.task.id,
            type: type.slice('rushes.task.'.length),
            generation,
            code: data.error?.code,
            storedMs,
          });
        }
        return stored;
      },
      /** How many watches there are, and how many of them a consumer has handed out. */
      left,
      /** Waits until a fleet has streams, and no watch in them. */
      idle: (name?: string, within = patience) =>
        vi.waitFor(async () => expect((await left(name)).messages).toBe(0), within),
      reads: (id: string) => sim.requests.filter((request) => request.id === id).length,
    };
  };
}

export type Scene = Awaited<ReturnType<ReturnType<typeof scenes>>>;

/**
 * Finds requests about a task that came while another was under way. One that was never answered is none: whoever sent
 * it had given it up, of which a busy machine hears late.
 */
export function overlaps() {
  const meetings: (readonly SimulatedRequest[])[] = [];
  return {
    /** To be called when a request about a task has come. */
    begin({ requests }: Simulation, id: string): void {
      const underWay = requests.filter((request) => request.id === id && request.answeredStatus === undefined);
      if (underWay.length > 1) meetings.push(underWay);
    },
    /** For each, the task, and when the requests that met came. */
    found: () =>
      meetings
        .map((met) => met.filter(({ answeredStatus }) => answeredStatus !== undefined))
        .filter((answered) => answered.length > 1)
        .map((answered) => `${answered[0]?.id}: ${answered.map(({ atMs }) => atMs)}`),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'close');
  child.kill('SIGKILL');
  await gone;
}
