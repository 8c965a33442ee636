import type { ConsumerConfig, ConsumerInfo, JetStreamManager, StreamConfig } from '@nats-io/jetstream';

/** What a JetStream server keeps of streams and consumers, without messages: one that is older, newer or in trouble. */
export class StreamsServer {
  readonly streams = new Map<string, Partial<StreamConfig>>();
  readonly consumers = new Map<string, Partial<ConsumerConfig>>();
  /** Consumers that are not listed, as their servers do not answer in time. */
  readonly unlisted = new Set<string>();
  /** How many messages there are for consumers. */
  readonly work = new Map<string, number>();
  /** What became of each change of anything. */
  readonly changes: string[] = [];
  /** What is done just before a change. */
  meanwhile: (change: string) => void = () => undefined;
  /** How many questions about streams are dropped from now on. */
  dropped = 0;
  /** The name of its cluster. */
  cluster: string | undefined;

  constructor(readonly version: string | undefined = '2.10.27') {}

  /** The manager of a client that is connected to it. */
  get manager(): JetStreamManager {
    const { version } = this;
    const streams = {
      info: async (name: string) => {
        if (this.dropped-- > 0) throw timeout();
        return this.#stream(name);
      },
      add: async (config: Partial<StreamConfig>) => {
        this.#change(`add ${config.name}`);
        const { name = '' } = config;
        const there = this.streams.get(name);
        if (there && JSON.stringify(there) !== JSON.stringify(config)) throw apiError(10_058, 'name already in use');
        this.streams.set(name, config);
        return this.#stream(name);
      },
      update: async (name: string, config: Partial<StreamConfig>) => {
        this.#change(`update ${name}`);
        this.streams.set(name, { ...this.streams.get(name), ...config });
        return this.#stream(name);
      },
    };
    const consumers = {
      info: async (_: string, name: string) => this.#consumer(name),
      list: async function* (this: StreamsServer) {
        for (const name of this.consumers.keys()) if (!this.unlisted.has(name)) yield this.#consumer(name);
      }.bind(this),
      add: async (_: string, config: Partial<ConsumerConfig>) => {
        this.#change(`add ${config.durable_name}`);
        const { durable_name: name = '' } = config;
        if (this.consumers.has(name)) throw apiError(10_148, 'consumer already exists');
        this.consumers.set(name, config);
        return this.#consumer(name);
      },
      update: async (_: string, name: string, config: Partial<ConsumerConfig>) => {
        this.#change(`update ${name}`);
        this.consumers.set(name, { ...this.consumers.get(name), ...config });
        return this.#consumer(name);
      },
      delete: async (_: string, name: string) => {
        this.#change(`delete ${name}`);
        if (!this.consumers.delete(name)) throw apiError(10_014, 'consumer not found', 404, 'ConsumerNotFoundError');
        return true;
      },
    };
    const getConnection = () => ({ info: version === undefined ? undefined : { version } });
    return { streams, consumers, getConnection } as unknown as JetStreamManager;
  }

  #change(change: string): void {
    this.meanwhile(change);
    this.changes.push(change);
  }

  #stream(name: string) {
    const config = this.streams.get(name);
    if (!config) throw apiError(10_059, 'stream not found', 404, 'StreamNotFoundError');
    return { config, ...(this.cluster !== undefined && { cluster: { name: this.cluster } }) };
  }

  #consumer(name: string): ConsumerInfo {
    const config = this.consumers.get(name);
    if (!config) throw apiError(10_014, 'consumer not found', 404, 'ConsumerNotFoundError');
    return { name, config, num_ack_pending: 0, num_pending: this.work.get(name) ?? 0 } as unknown as ConsumerInfo;
  }
}

/** The error of a question that is not answered. */
export function timeout(): Error {
  return Object.assign(new Error('timeout'), { name: 'TimeoutError' });
}

/** An error as a server's answer becomes one. */
export function apiError(code: number, message: string, status = 400, name = 'JetStreamApiError'): Error {
  return Object.assign(new Error(message), { name, code, status });
}
