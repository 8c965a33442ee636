import type { IncomingMessage, RequestListener, Server, ServerOptions, ServerResponse } from 'node:http';
import { messageOf } from '../../errors.js';

/**
 * What to give `createServer` beside a listener, so that nobody holds connections by sending heads or bodies byte by
 * byte, or nothing: a head may take 20 s to come and a request 60 s, and what is late is looked for every 5 s.
 *
 * @example
 * ```ts
 * const server = createServer(nodeServerOptions, toNodeListener(handle));
 * console.log(server.headersTimeout, server.requestTimeout); // 20000 60000
 * ```
 */
export const nodeServerOptions = Object.freeze({
  headersTimeout: 20_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
} satisfies ServerOptions);

/**
 * A web-standard handler as a listener for `http.createServer`. When the viewer leaves, the request's signal aborts and
 * the body of the answer is cancelled; each chunk is handed to the socket before the next one is asked for, so that a
 * viewer who does not read is noticed; a body that fails breaks the connection.
 *
 * Create the server with {@link nodeServerOptions}. One that was created without them is held to their times from its
 * first request on, but nothing can be done before a first head is whole.
 *
 * @example
 * ```ts
 * const server = createServer(nodeServerOptions, toNodeListener(gateway({ client, authorize })));
 * server.listen(8080);
 * ```
 */
export function toNodeListener(handler: (request: Request) => Response | Promise<Response>): RequestListener {
  const known = new WeakSet<object>();
  const waiting = new WeakMap<object, Set<() => void>>();
  return (message, response) => {
    const { server } = message.socket as { readonly server?: Server };
    if (server && !known.has(server)) {
      known.add(server);
      server.headersTimeout = shorter(server.headersTimeout, nodeServerOptions.headersTimeout);
      server.requestTimeout = shorter(server.requestTimeout, nodeServerOptions.requestTimeout);
    }
    serve(handler, message, response, waiting).catch((error: unknown) => {
      console.error(`rushes: a handler failed: ${messageOf(error)}`);
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  };
}

/** 0 is for ever. */
function shorter(ms: number | undefined, most: number): number {
  return ms === undefined || ms === 0 || ms > most ? most : ms;
}

async function serve(
  handler: (request: Request) => Response | Promise<Response>,
  message: IncomingMessage,
  response: ServerResponse,
  waiting: WeakMap<object, Set<() => void>>,
): Promise<void> {
  const gone = new AbortController();
  const leave = () => {
    waiting.get(message.socket)?.delete(leave);
    if (!response.writableFinished) gone.abort();
  };
  response.once('close', leave);
  // A response that waits for the one before it has no socket, and is not told that it closes. In HTTP/2 none waits.
  if (message.httpVersionMajor < 2) onClosed(message.socket, leave, waiting);
  const request = requestOf(message, gone.signal);
  if (!request) {
    response.writeHead(400).end();
    return;
  }
  const { status, headers, body } = await handler(request);
  if (gone.signal.aborted) return body?.cancel();
  const cookies = headers.getSetCookie();
  response.writeHead(status, {
    ...Object.fromEntries([...headers].filter(([name]) => name !== 'set-cookie')),
    ...(cookies.length > 0 && { 'set-cookie': cookies }),
  });
  if (!body) {
    response.end();
    return;
  }
  response.flushHeaders();
  await pour(body, response, gone.signal);
}

/** One listener for each socket, however many requests are on it. */
function onClosed(
  socket: IncomingMessage['socket'],
  leave: () => void,
  waiting: WeakMap<object, Set<() => void>>,
): void {
  const known = waiting.get(socket);
  const all = known ?? new Set();
  all.add(leave);
  if (known) return;
  waiting.set(socket, all);
  socket.once('close', () => {
    for (const each of [...all]) each();
  });
}

/** A request in the words of the web; `undefined` for one that has none. */
function requestOf(message: IncomingMessage, signal: AbortSignal): Request | undefined {
  const { method = 'GET', url = '' } = message;
  const host = message.headers[':authority'] ?? message.headers.host ?? '';
  const path = pathOf(url);
  if (path === undefined || typeof host !== 'string' || !/^[\w.:[\]-]{1,255}$/.test(host)) return undefined;
  const scheme = 'encrypted' in message.socket && message.socket.encrypted ? 'https' : 'http';
  const hasBody = method !== 'GET' && method !== 'HEAD';
  try {
    const headers = new Headers();
    for (const [name, value] of headersOf(message)) if (!name.startsWith(':')) headers.append(name, value);
    const init = { method, headers, signal, ...(hasBody && { body: bodyOf(message), duplex: 'half' }) };
    return new Request(`${scheme}://${host}${path}`, init as RequestInit);
  } catch {
    return undefined;
  }
}

/** A target may be the whole address: its host is not believed, and `Host` is. */
function pathOf(target: string): string | undefined {
  if (target.startsWith('/')) return target;
  const [, rest] = /^https?:\/\/[^/?#]+(.*)$/i.exec(target) ?? [];
  return rest === undefined || rest.startsWith('/') ? rest : `/${rest}`;
}

function headersOf(message: IncomingMessage): [name: string, value: string][] {
  const { rawHeaders } = message;
  const distinct: NodeJS.Dict<string[]> | undefined = message.headersDistinct;
  // Requests of HTTP/2 do not have them.
  if (!distinct) return rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? '']] : []));
  return Object.entries(distinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
}

/** Nothing is read before it is asked for, so that Node itself lets go of what nobody wanted. */
function bodyOf(message: IncomingMessage): ReadableStream<Uint8Array> {
  let chunks: AsyncIterator<Uint8Array> | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        chunks ??= message.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>;
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(new Uint8Array(value));
      },
      async cancel() {
        await chunks?.return?.();
        message.resume();
      },
    },
    { highWaterMark: 0 },
  );
}

async function pour(body: ReadableStream<Uint8Array>, response: ServerResponse, gone: AbortSignal): Promise<void> {
  const reader = body.getReader();
  const leave = () => {
    reader.cancel().catch(() => undefined);
  };
  gone.addEventListener('abort', leave, { once: true });
  // A body can fail while its last chunk waits in a socket that nobody reads.
  reader.closed.catch(() => response.destroy());
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read())
      await written(part.value, response, gone);
    response.end();
  } catch {
    response.destroy();
  } finally {
    gone.removeEventListener('abort', leave);
  }
}

function written(chunk: Uint8Array, response: ServerResponse, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      gone.removeEventListener('abort', done);
      resolve();
    };
    if (gone.aborted) {
      done();
      return;
    }
    gone.addEventListener('abort', done, { once: true });
    response.write(chunk, done);
  });
}
