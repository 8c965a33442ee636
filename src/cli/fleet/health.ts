import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../../errors.js';
import { nodeServerOptions } from '../../sse/gateway/to-node-listener.js';
import { jsonLine } from '../json-line.js';
import { guardOf } from '../serve/guard.js';
import { safeHeaders } from '../serve/safe-headers.js';
import { WrongUsage } from '../wrong-usage.js';

/** Seen from this machine only. */
const HOST = '127.0.0.1';

const PATH = '/healthz';

/** What a worker says of itself. */
export interface Health {
  /** Whether it asks about tasks, and what it finds reaches the fleet. */
  readonly isWell: boolean;
  /** What is told, as JSON. */
  readonly told: object;
}

/** A page for whoever looks after a process. */
export interface HealthPage {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Answers GET /healthz on loopback: 200 while all is well, else 503.
 *
 * @throws WrongUsage for a port that cannot be listened at.
 */
export async function serveHealth(port: number, health: () => Health): Promise<HealthPage> {
  let refusalOf: ReturnType<typeof guardOf> = () => 421;
  const server = createServer({ ...nodeServerOptions, keepAliveTimeout: 5_000 }, (request, response) => {
    for (const [name, value] of Object.entries(safeHeaders)) response.setHeader(name, value);
    const refusal = refusalOf(request) ?? (request.method !== 'GET' ? 405 : request.url !== PATH ? 404 : undefined);
    if (refusal !== undefined) {
      // The rest of a body that nobody wants is not waited for.
      response.shouldKeepAlive = false;
      response.writeHead(refusal, { 'content-type': 'text/plain; charset=utf-8' }).end(`${refusal}\n`);
      return;
    }
    const { isWell, told } = health();
    response.writeHead(isWell ? 200 : 503, { 'content-type': 'application/json' }).end(jsonLine(told));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  }).catch((error: unknown) => {
    throw new WrongUsage(`--health ${port} cannot be served: ${messageOf(error)}; with 0 it is any that is free`);
  });
  const at = { host: HOST, port: (server.address() as AddressInfo).port };
  refusalOf = guardOf(at);
  return {
    url: `http://${at.host}:${at.port}${PATH}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
