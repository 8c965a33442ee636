import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** A page on 127.0.0.1, which browsers trust as they trust https. */
export interface ServedPage {
  readonly url: string;
  readonly server: Server;
  /** Breaks every connection; the port stays closed until {@link open}. */
  kill(): Promise<void>;
  /** Listens again, at the same address. */
  open(): Promise<void>;
}

/**
 * Bundles `script`, named relative to the folder of the tests for browsers, and serves it with a page around it:
 * `<main id="root">` and the script as a module. Every path but `/` and `/page.js` goes to `listener`.
 */
export async function servePage(script: string, listener: RequestListener = notFound): Promise<ServedPage> {
  const js = await bundlePage(fileURLToPath(new URL(script, import.meta.url)));
  const html =
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>test</title><main id="root"></main><script type="module" src="/page.js"></script>';
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/') response.setHeader('content-type', 'text/html').end(html);
    else if (pathname === '/page.js') response.setHeader('content-type', 'text/javascript').end(js);
    else listener(request, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const listen = (port: number) =>
    new Promise<number>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
  const port = await listen(0);
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    open: async () => void (await listen(port)),
    kill: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** One ESM file of a script in TypeScript or TSX, as a browser runs it. */
export async function bundlePage(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"development"' },
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}

function notFound(_: unknown, response: Parameters<RequestListener>[1]): void {
  response.writeHead(404).end();
}
