import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createSimulator, type Simulator, type SimulatorOptions } from './simulator.js';

/** Options of {@link simulate}. */
export interface SimulateOptions extends SimulatorOptions {
  /** @defaultValue `0`, any free one */
  readonly port?: number;
}

/** A {@link Simulator} that is served on this machine. */
export interface Simulation extends Omit<Simulator, 'close'> {
  /** Where it is served, without a slash at its end; a provider's `baseUrl` is this and `/cometapi`, `/ark` and so on. */
  readonly url: string;
  /** Breaks every connection and ends every wait; resolves when the port is free again. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/**
 * Serves a {@link createSimulator | simulator} on 127.0.0.1.
 *
 * @example
 * ```ts
 * const sim = await simulate({ speed: 100 });
 * const client = createClient(cometapi({ apiKey: 'any', baseUrl: `${sim.url}/cometapi` }));
 * // …
 * await sim.close();
 * ```
 */
export async function simulate(options: SimulateOptions = {}): Promise<Simulation> {
  const sim = createSimulator(options);
  const sockets = new Set<Socket>();
  const server = createServer({ keepAliveTimeout: 60_000 }, (message, response) => {
    serve(sim, url, message, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const port = await listening(server, options.port ?? 0);
  const url = `http://${HOST}:${port}`;
  return Object.defineProperties({} as Simulation, {
    ...Object.getOwnPropertyDescriptors(sim),
    url: { value: url, enumerable: true },
    close: {
      enumerable: true,
      value: () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          sim.close();
          for (const socket of sockets) socket.destroy();
        }),
    },
  });
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: HOST, backlog: 1_024 }, () => resolve((server.address() as AddressInfo).port));
  });
}

async function serve(
  sim: Simulator,
  origin: string,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => response.writableFinished || gone.abort());
  const answer = await sim.fetch(await requestOf(origin, message, gone.signal)).catch(() => undefined);
  if (answer === undefined) {
    message.socket.resetAndDestroy();
    return;
  }
  response.writeHead(answer.status, [...answer.headers].flat());
  response.flushHeaders();
  await pour(answer.body, response);
}

async function requestOf(origin: string, message: IncomingMessage, signal: AbortSignal): Promise<Request> {
  const { method = 'GET', url = '/' } = message;
  const chunks: Uint8Array[] = [];
  for await (const chunk of message) chunks.push(chunk as Uint8Array);
  const headers = new Headers();
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const body = method === 'GET' || method === 'HEAD' ? null : Buffer.concat(chunks);
  return new Request(origin + url, { method, headers, body, signal });
}

/** As fast as the reader reads; a body that breaks breaks the connection. */
async function pour(body: ReadableStream<Uint8Array> | null, response: ServerResponse): Promise<void> {
  const reader = body?.getReader();
  response.once('close', () => reader?.cancel().catch(() => undefined));
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
    if (!response.write(part.value)) await drained(response);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve();
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
