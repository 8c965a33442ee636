import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach } from 'vitest';
import type { Row } from './create-answers.js';

/** A server that does with each connection what a row says, in bytes. */
export interface CreateServer {
  readonly origin: string;
  /** The request lines that have arrived. */
  readonly lines: readonly string[];
  /** How many connections were made to it. */
  readonly connections: number;
  /** Settles when it has done its part with a request. */
  readonly done: Promise<void>;
}

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** Listens until the test ends, and says on which port. */
async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Where the handshake of TLS fails: with an alert, or without a word. */
export async function noTls(how: 'alert' | 'close'): Promise<string> {
  const silent = () => createServer((socket) => socket.once('data', () => socket.end()));
  const server = how === 'close' ? silent() : createTlsServer({}).on('tlsClientError', () => undefined);
  return `https://localhost:${await listen(server)}`;
}

/** Serves until the test ends. */
export async function createServerOf({
  reads = 'whole',
  writes = '',
  ending = 'reset',
}: Omit<Row, 'does' | 'outcome'>): Promise<CreateServer> {
  const lines: string[] = [];
  let connections = 0;
  let finish = () => {};
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const server = createServer((socket) => {
    connections++;
    let heard = Buffer.alloc(0);
    const act = () => {
      socket.removeAllListeners('data');
      if (ending === 'silence') socket.write(writes, finish);
      else socket.write(writes, () => (ending === 'close' ? socket.end(finish) : flushed(socket, finish)));
    };
    if (reads === 'connected') return act();
    socket.on('data', (chunk) => {
      heard = Buffer.concat([heard, chunk]);
      const headEnd = heard.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const head = heard.subarray(0, headEnd).toString();
      if (heard.length - chunk.length <= headEnd + 3) lines.push(head.split('\r\n')[0] ?? '');
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1]);
      const body = heard.length - headEnd - 4;
      const enough = { head: 0, half: length / 2, whole: length }[reads];
      if (body >= enough) act();
    });
  });
  const port = await listen(server);
  return {
    origin: `http://127.0.0.1:${port}`,
    lines,
    done,
    get connections() {
      return connections;
    },
  };
}

/** A reset overtakes what was written, unless the other side has had a turn to read it. */
function flushed(socket: Socket, finish: () => void): void {
  setImmediate(() => {
    socket.resetAndDestroy();
    finish();
  });
}
