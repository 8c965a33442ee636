import { fileURLToPath } from 'node:url';
import { Kafka, logLevel } from 'kafkajs';
import { Broker } from './broker.js';

/** A record as the topic holds it, read by another client than the one that wrote it. */
export interface KafkaRow {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | undefined;
  readonly value: Uint8Array | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** The number of a kind of request in Kafka's protocol. */
export const apis = Object.freeze({ produce: 0, joinGroup: 11 });

/** The number of an error in Kafka's protocol. */
export const kafkaErrors = Object.freeze({
  unknownTopic: 3,
  requestTimedOut: 7,
  messageTooLarge: 10,
  topicAuthorizationFailed: 29,
  groupAuthorizationFailed: 30,
});

/** librdkafka's mock of a Kafka cluster: its wire format is real, its guarantees are not. */
export class KafkaMock {
  private constructor(
    readonly broker: Broker,
    /** Where clients connect. */
    readonly bootstrap: string,
  ) {}

  static async start(): Promise<KafkaMock> {
    const broker = await Broker.start({
      name: 'kafka',
      // Debian's module is known to Debian's Python only, which need not be the first of the path.
      command: ({ port }) => ({ program: '/usr/bin/python3', args: [script, String(port)] }),
    });
    return new KafkaMock(broker, String(await steer(broker, { do: 'bootstrap' })));
  }

  /** kafkajs, that tries a request a few times quickly. */
  client(): Kafka {
    return new Kafka({
      brokers: [this.bootstrap],
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 4 },
    });
  }

  async create(topic: string, partitions = 4): Promise<void> {
    await steer(this.broker, { do: 'create', topic, partitions });
  }

  /** Answers the next requests of a kind with errors, one each. */
  async refuse(api: number, codes: readonly number[]): Promise<void> {
    await steer(this.broker, { do: 'refuse', api, codes });
  }

  /** Answers whoever asks about a topic with an error; 0 allows it again. */
  async forbid(topic: string, code: number): Promise<void> {
    await steer(this.broker, { do: 'forbid', topic, code });
  }

  /** Cuts all connections and takes no new ones; what was stored stays. */
  async down(): Promise<void> {
    await steer(this.broker, { do: 'down' });
  }

  async up(): Promise<void> {
    await steer(this.broker, { do: 'up' });
  }

  /** Answers come this late. */
  async delay(ms: number): Promise<void> {
    await steer(this.broker, { do: 'delay', ms });
  }

  /** All that the topic holds, in order within each partition. */
  async read(topic: string): Promise<KafkaRow[]> {
    const rows = (await steer(this.broker, { do: 'read', topic })) as Wire[];
    return rows.map(({ partition, offset, key, value, headers }) => ({
      partition,
      offset,
      key: key === null ? undefined : textOf(key),
      value: value === null ? undefined : new Uint8Array(Buffer.from(value, 'base64')),
      headers: Object.fromEntries(headers.map(([name, text]) => [name, textOf(text)])),
    }));
  }

  close(): Promise<void> {
    return this.broker.close();
  }
}

interface Wire {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

const script = fileURLToPath(new URL('kafka-mock.py', import.meta.url));

async function steer({ port }: Broker, body: object): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`the mock answered ${await answer.text()}`);
  return answer.json();
}

function textOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}
