import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nodeServerOptions, toNodeListener } from '../../sse/gateway/to-node-listener.js';
import { boardHandler, type Served } from './board-handler.js';
import { authorityOf, guardOf, type Place } from './guard.js';
import { safeHeaders } from './safe-headers.js';

/** A board that is served. */
export interface OpenBoard {
  /** The page, with the token in its fragment, which browsers send nowhere. */
  readonly url: string;
  /** Ends every connection; resolves when the port is free again. */
  close(): Promise<void>;
}

/** Serves a board. @throws Error where that cannot be at `place`. */
export async function openBoard(served: Served, place: Place): Promise<OpenBoard> {
  const handle = toNodeListener(boardHandler(served));
  let guarded: RequestListener = (_, response) => void response.destroy();
  // Whoever sends nothing, or a byte now and then, holds no connection for long.
  const server = createServer({ ...nodeServerOptions, keepAliveTimeout: 5_000 }, (request, response) =>
    guarded(request, response),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(place.port, place.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const refusalOf = guardOf({ ...place, port });
  guarded = (request, response) => {
    for (const [name, value] of Object.entries(safeHeaders)) response.setHeader(name, value);
    const refusal = refusalOf(request);
    if (refusal === undefined) return handle(request, response);
    // The rest of a body that nobody wants is not waited for.
    response.shouldKeepAlive = false;
    response.writeHead(refusal, { 'content-type': 'text/plain; charset=utf-8' }).end(`${refusal}\n`);
  };
  return {
    url: `http://${authorityOf(shownHost(place.host))}:${port}/#${served.access.token}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A host that means all addresses of this machine is none to go to. */
function shownHost(host: string): string {
  return host === '0.0.0.0' || host === '::' ? 'localhost' : host;
}
