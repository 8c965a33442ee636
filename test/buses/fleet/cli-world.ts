import { afterAll, afterEach, beforeAll, beforeEach, inject, vi } from 'vitest';
import { type SimulateOptions, type Simulation, simulate } from '../../../src/testing/index.js';
import { canary, installed, linesOf, type Running } from '../../cli/start.js';
import { Broker } from '../brokers/broker.js';
import { natsServer } from '../brokers/nats.js';

/** Whether there is a server to test on. */
export const hasNats = inject('brokers').includes('nats-server');

let fleets = 0;

/** The command line with a nats-server, and a simulator and a fleet of its own for each test. */
export function fleetOnCommandLine(simulateOptions: SimulateOptions = {}) {
  const cli = installed();
  let broker: Broker;
  let sim: Simulation;
  let name = '';
  beforeAll(async () => {
    if (hasNats) broker = await Broker.start(natsServer());
  });
  afterAll(() => broker?.close());
  beforeEach(async () => {
    sim = await simulate({ keys: [canary], ...simulateOptions });
    name = `cli-${++fleets}`;
  });
  afterEach(() => sim.close());

  const args = (words: readonly string[]) => ['fleet', ...words, '--name', name];
  const nats = () => ({ NATS_URL: `nats://127.0.0.1:${broker.port}` });
  return {
    cli,
    broker: () => broker,
    sim: () => sim,
    nats,
    /** A command that has no key. */
    run: (...words: readonly string[]) => cli.run(args(words), { env: nats() }),
    start: (...words: readonly string[]) => cli.start(args(words), { env: nats() }),
    /** A worker that works. */
    worker: async (...words: readonly string[]): Promise<Running> => {
      const at = ['--provider', 'cometapi', '--base-url', `${sim.url}/cometapi`, '--every', '100ms'];
      const running = cli.start(args(['worker', ...at, ...words]), { env: { ...nats(), COMETAPI_KEY: canary } });
      await running.until('stdout', '"kind":"working"');
      return running;
    },
    /** How often the provider was asked about a task. */
    asked: (id: string) => sim.requests.filter(({ path }) => path.endsWith(`/${id}`)).length,
    /** How the fleet stands. */
    status: async (...words: readonly string[]) => {
      const { stdout } = await cli.run(args(['status', ...words]), { env: nats() });
      return linesOf(stdout)[0] ?? {};
    },
  };
}

/** Waits as long as a busy machine may take. */
export function eventually(check: () => unknown): Promise<unknown> {
  return vi.waitFor(check, { timeout: 20_000, interval: 50 });
}
