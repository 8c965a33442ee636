import { setTimeout as sleep } from 'node:timers/promises';
import { type JsMsg, jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { createFleet, type WorkFigures } from '../../src/fleet/index.js';
import { Layout } from '../../src/fleet/layout.js';
import { arrived, bodyOf, provider, scripted, taskId } from './scene.js';

// Polls tasks that never end, by a fleet's worker or by the client alone that says nak, and says what that took when it
// is asked. It ends when the connection does.

/** What a worker says of itself. */
export interface Tally {
  readonly cpuUs: number;
  readonly polls: number;
  /** How many tasks it has polled. */
  readonly tasks: number;
  /** How late turns came by the fleet's figures of each second since it was last asked. */
  readonly lateMs: readonly WorkFigures['lateMs'][];
}

const [side = '', port = '', tasks = '', longestMs = ''] = process.argv.slice(2);
const intervalMs = 5_000;
const concurrency = 32;

const seen = new Set<string>();
let isWarm = false;
let polls = 0;
let lateMs: WorkFigures['lateMs'][] = [];

/** Until it is warm tasks come often, so that each worker gets to know all of them, and at any time. */
const waitMs = () => (isWarm ? intervalMs : Math.random() * Number(longestMs));

const bodies = new Map(
  Array.from({ length: Number(tasks) }, (_, nth) => [taskId(nth), Buffer.from(bodyOf(taskId(nth)))] as const),
);
const connection = await connect({ port: Number(port), reconnect: false });
globalThis.gc?.();
const emptyBytes = process.memoryUsage().heapUsed;

connection.subscribe('bench.warm', {
  callback: () => {
    isWarm = true;
  },
});
connection.subscribe('bench.tally', {
  callback: (_, message) => {
    const { user, system } = process.cpuUsage();
    const tally: Tally = { cpuUs: user + system, polls, tasks: seen.size, lateMs };
    lateMs = [];
    message.respond(JSON.stringify(tally));
  },
});
connection.subscribe('bench.heap', {
  callback: (_, message) => {
    globalThis.gc?.();
    message.respond(JSON.stringify((process.memoryUsage().heapUsed - emptyBytes) / seen.size));
  },
});

const ways: Readonly<Record<string, () => Promise<unknown>>> = {
  async fleet() {
    const transport = scripted((id) => {
      polls++;
      if (!isWarm) seen.add(id);
      return arrived(bodies.get(id) as Buffer);
    });
    const fleet = createFleet({ connection, provider: provider(), transport, cadence: waitMs });
    fleet.work({ concurrency }).subscribe({ next: (figures) => lateMs.push(figures.lateMs) });
  },
  async bare() {
    const consumer = await jetstream(connection).consumers.get(new Layout('rushes').pollStream, 'cometapi');
    const callback = (message: JsMsg) => {
      polls++;
      if (!isWarm) seen.add(message.subject);
      message.nak(Math.ceil(waitMs() * (1 + Math.random() / 10)));
    };
    await consumer.consume({ max_messages: concurrency, callback });
  },
};

await (ways[side] as () => Promise<unknown>)();
await Promise.race([connection.closed(), sleep(240_000)]);
process.exit();
