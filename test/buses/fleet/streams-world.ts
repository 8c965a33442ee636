import { type ConsumerInfo, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type FleetSettings, fleetDefaults } from '../../../src/fleet/fleet-settings.js';
import { Layout } from '../../../src/fleet/layout.js';
import { Broker } from '../brokers/broker.js';
import { natsServer } from '../brokers/nats.js';

let opened = 0;

/** A fleet's place on a server of its own or one with others, and somebody who may look into it. */
export async function openFleet(broker: Broker) {
  const connection = await connect({ servers: `127.0.0.1:${broker.port}` });
  const manager = await jetstreamManager(connection);
  const js = jetstream(connection);
  const layout = new Layout(`fleet-${++opened}`);
  const { pollStream, eventStream } = layout;
  return {
    layout,
    manager,
    /** Another client of the same server. */
    async another(timeout?: number): Promise<JetStreamManager> {
      return jetstreamManager(await connect({ servers: `127.0.0.1:${broker.port}` }), timeout ? { timeout } : {});
    },
    /** All that can be set, as the server has it. */
    async configs() {
      const streams = [];
      for await (const { config } of manager.streams.list())
        if (config.name === pollStream || config.name === eventStream) streams.push(config);
      const consumers: Pick<ConsumerInfo, 'config' | 'created'>[] = [];
      if (streams.some(({ name }) => name === pollStream))
        for await (const { config, created } of manager.consumers.list(pollStream)) consumers.push({ config, created });
      const nameOf = ({ config }: Pick<ConsumerInfo, 'config'>) => String(config.durable_name);
      return { streams, consumers: consumers.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)) };
    },
    submit(ids: readonly string[], provider = 'cometapi') {
      const subject = (id: string) => layout.pollSubject({ provider, id });
      return Promise.all(ids.map((id) => js.publish(subject(id), id)));
    },
    /** Takes what a consumer hands out now. */
    async pull(consumer: string, most = 1_000): Promise<{ id: string; nak: (ms: number) => void; ack: () => void }[]> {
      const taken = [];
      const messages = await (await js.consumers.get(pollStream, consumer)).fetch({
        max_messages: most,
        expires: 1_000,
      });
      for await (const message of messages)
        taken.push({ id: message.string(), nak: (ms: number) => message.nak(ms), ack: () => message.ack() });
      return taken;
    },
    flush: () => connection.flush(),
    close: () => connection.close(),
  };
}

/** A server for the tests of a file, and for each of them a fleet's place on it. */
export function fleetOfEachTest() {
  let broker: Broker;
  let fleet: Awaited<ReturnType<typeof openFleet>>;
  beforeAll(async () => {
    broker = await Broker.start(natsServer());
  });
  afterAll(() => broker?.close());
  beforeEach(async () => {
    fleet = await openFleet(broker);
  });
  afterEach(() => fleet.close());
  return { broker: () => broker, fleet: () => fleet };
}

export function settingsOf(settings: Partial<FleetSettings> = {}): FleetSettings {
  return { ...fleetDefaults, ...settings };
}

/** What a promise rejects with. */
export async function rejection(doing: Promise<unknown>): Promise<unknown> {
  return doing.then(
    () => undefined,
    (error: unknown) => error,
  );
}
