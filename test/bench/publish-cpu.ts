import { startRabbit } from '../buses/brokers/amqp.js';
import { Broker } from '../buses/brokers/broker.js';
import { mosquitto } from '../buses/brokers/mqtt.js';
import { natsServer } from '../buses/brokers/nats.js';
import { redisServer } from '../buses/brokers/redis.js';
import { type Figure, inTurn } from './figure.js';
import type { Workers } from './worker.js';

/** A broker that runs for the time of a measurement. */
interface Running {
  readonly port: number;
  close(): Promise<void>;
}

const brokers: Readonly<Record<string, () => Promise<Running>>> = {
  nats: () => Broker.start(natsServer()),
  redis: () => Broker.start(redisServer({ appendfsync: 'everysec' })),
  amqp: async () => {
    const { broker, close } = await startRabbit();
    return { port: broker.port, close };
  },
  mqtt: () => Broker.start(mosquitto()),
};

/** P13: what a snapshot's way onto a bus takes of our process, against the bus's client that is given bytes. */
export async function publishCpu(workers: Workers): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const [bus, start] of Object.entries(brokers)) {
    const broker = await start().catch((error: unknown) => {
      process.stderr.write(`${bus} is left out, as its server does not start: ${error}\n`);
    });
    if (!broker) continue;
    try {
      const sides = ['publisher', 'operator', 'bare'] as const;
      const cpu = await inTurn(3, sides, (side) => workers.run('publish-cpu', side, bus, broker.port));
      figures.push(
        {
          metric: figures.length === 0 ? 'P13' : '',
          what: `CPU of an acknowledged publish, ${bus}`,
          against: 'the client alone, with the same event',
          measured: cpu.publisher / cpu.bare,
          goal: 1.25,
        },
        {
          metric: '',
          what: '  the same by publishTo, of a snapshot',
          against: 'the client alone, with an event made by hand',
          measured: cpu.operator / cpu.bare,
        },
      );
    } finally {
      await broker.close();
    }
  }
  return figures;
}
