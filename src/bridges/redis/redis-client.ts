import { invalidArgument } from '../../errors.js';
import type { TaskRef } from '../../task/ref.js';
import { addressOf } from '../address.js';

/** What is called of a client of `ioredis`, or of its `Cluster`. */
export interface IoRedisCommands {
  /** Sends a command. */
  call(command: string, ...args: string[]): PromiseLike<unknown>;
}

/** What is called of a client of `redis`, or of its pool. */
export interface NodeRedisCommands {
  /** Sends a command. */
  sendCommand(args: string[]): PromiseLike<unknown>;
}

/** Whatever sends commands to Redis. */
export type RedisCommands = IoRedisCommands | NodeRedisCommands;

/** A client of `ioredis` that can be read with: its `duplicate()` is a connection for commands that block. */
export interface IoRedisClient extends IoRedisCommands {
  /** A client of the same settings. */
  duplicate(options?: object): IoRedisConnection;
}

/** What is called of a connection that `ioredis` made. */
export interface IoRedisConnection extends IoRedisCommands {
  /** Listens for trouble. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Closes it at once. */
  disconnect(): void;
}

/** A client of `redis` that can be read with: its `duplicate()` is a connection for commands that block. */
export interface NodeRedisClient extends NodeRedisCommands {
  /** A client of the same settings. */
  duplicate(): NodeRedisConnection;
}

/** What is called of a connection that `redis` made. */
export interface NodeRedisConnection extends NodeRedisCommands {
  /** Listens for trouble. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Opens the connection. */
  connect(): PromiseLike<unknown>;
  /** Closes it at once. */
  destroy(): void;
}

/** Whatever can be read with. */
export type RedisClient = IoRedisClient | NodeRedisClient;

/** Sends one command. */
export function send(client: RedisCommands, command: string, ...args: string[]): PromiseLike<unknown> {
  return 'call' in client ? client.call(command, ...args) : client.sendCommand([command, ...args]);
}

/** A connection of its own, which ends in a moment whatever it waits for. */
export interface BlockingConnection {
  readonly client: RedisCommands;
  open(): Promise<unknown>;
  close(): void;
}

/** A connection like that of `client`; all its trouble is told to `onError`. */
export function duplicate(client: RedisClient, onError: (error: Error) => void): BlockingConnection {
  if ('call' in client) {
    // It connects by itself, so that its first command waits in its queue; and a command that blocks takes its time.
    const connection = client.duplicate({ enableOfflineQueue: true, commandTimeout: undefined });
    connection.on('error', onError);
    return { client: connection, open: async () => {}, close: () => connection.disconnect() };
  }
  const connection = client.duplicate();
  connection.on('error', onError);
  let isClosed = false;
  const end = () => {
    try {
      connection.destroy();
    } catch {
      // It says so when it is closed already.
    }
  };
  return {
    client: connection,
    async open() {
      await connection.connect();
      // What is destroyed while it connects, connects nevertheless.
      if (isClosed) end();
    },
    close() {
      isClosed = true;
      end();
    },
  };
}

/** @throws `INVALID_ARGUMENT` for what has not the methods of a client. */
export function checkClient(label: string, client: unknown, ...methods: readonly string[]): void {
  const has = (name: string) =>
    typeof client === 'object' && typeof (client as Record<string, unknown> | null)?.[name] === 'function';
  if (!(has('call') || has('sendCommand')) || !methods.every(has))
    throw invalidArgument(label, 'a client of ioredis or redis', client);
}

/**
 * The key with the latest state of a task, in the same slot of a cluster as the stream.
 *
 * @throws `INVALID_ARGUMENT` for a stream that no other key can share a slot with.
 */
export function latestKeys(label: string, stream: unknown): (task: TaskRef) => string {
  const expected = 'a name, in which "}" only ends a hash tag, as in {video}.events';
  if (typeof stream !== 'string' || stream === '') throw invalidArgument(label, expected, stream);
  const hasTag = /^[^{]*\{[^}]+\}/.test(stream);
  if (!hasTag && stream.includes('}')) throw invalidArgument(label, expected, stream);
  const tagged = hasTag ? stream : `{${stream}}`;
  return (task) => [tagged, 'latest', ...addressOf(task)].join(':');
}
