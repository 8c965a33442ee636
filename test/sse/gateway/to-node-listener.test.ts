import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2 } from 'node:http2';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { nodeServerOptions, toNodeListener } from '../../../src/node.js';

const echo = ({ url, headers }: Request) => new Response(`${url} ${headers.get('x-a')}`);
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(handler: (request: Request) => Response | Promise<Response>): Promise<Server> {
  const server = createServer(toNodeListener(handler));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

function raw(server: Server, text: string): { socket: Socket; answer: Promise<string> } {
  const socket = connect(portOf(server), '127.0.0.1');
  let told = '';
  const answer = new Promise<string>((resolve) => {
    socket.on('data', (data) => {
      told += data.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(told));
  });
  socket.write(text);
  return { socket, answer };
}

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n${more}\r\n`;

function ask(
  server: Server,
  options: object,
  body?: string | Buffer,
): Promise<{ message: IncomingMessage; text: string }> {
  return new Promise((resolve, reject) => {
    const asking = httpRequest({ port: portOf(server), host: '127.0.0.1', ...options }, (message) => {
      let text = '';
      message.on('data', (data) => {
        text += data;
      });
      message.on('end', () => resolve({ message, text }));
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

describe('toNodeListener', () => {
  it('gives the request as it came', async () => {
    let seen: Request | undefined;
    const server = await serve(async (request) => {
      seen = request;
      return new Response(await request.text(), {
        status: 202,
        headers: [
          ['x-a', '1'],
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
        ],
      });
    });
    const headers = { 'x-twice': ['1', '2'], host: 'my.app:8080' };
    const { message, text } = await ask(server, { method: 'PUT', path: '/a%2Fb?x=1&x=2', headers }, 'héllo');
    expect([message.statusCode, message.headers['x-a'], message.headers['set-cookie'], text]).toEqual([
      202,
      '1',
      ['a=1', 'b=2'],
      'héllo',
    ]);
    expect([seen?.method, seen?.url, seen?.headers.get('x-twice')]).toEqual([
      'PUT',
      'http://my.app:8080/a%2Fb?x=1&x=2',
      '1, 2',
    ]);
  });

  it('is not led to another host by what stands where a path should', async () => {
    const urls: string[] = [];
    const server = await serve(({ url }) => {
      urls.push(url);
      return new Response('ok');
    });
    expect(await raw(server, get('//evil.test/x')).answer).toMatch(/^HTTP\/1.1 200/);
    expect(await raw(server, get('http://evil.test/x?y=1')).answer).toMatch(/^HTTP\/1.1 200/);
    expect(await raw(server, get('/x').replace('a.test', 'a.test/evil@b')).answer).toMatch(/^HTTP\/1.1 400/);
    expect(await raw(server, get('/x').replace('GET', 'TRACE')).answer).toMatch(/^HTTP\/1.1 400/);
    expect(urls).toEqual(['http://a.test//evil.test/x', 'http://a.test/x?y=1']);
  });

  it('hands over chunks as they come, and the end', async () => {
    const body = new TransformStream<Uint8Array, Uint8Array>();
    const writer = body.writable.getWriter();
    const server = await serve(() => new Response(body.readable));
    const { socket, answer } = raw(server, get('/'));
    const parts: string[] = [];
    socket.on('data', (data) => parts.push(data.toString()));
    await vi.waitFor(() => expect(parts.join('')).toContain('\r\n\r\n'));
    for (const word of ['one', 'two']) {
      await writer.write(new TextEncoder().encode(word));
      await vi.waitFor(() => expect(parts.join('')).toContain(word));
    }
    await writer.close();
    expect(await answer).toMatch(/0\r\n\r\n$/);
  });

  it('aborts the request and cancels the body when the viewer leaves', async () => {
    const happened: string[] = [];
    const server = await serve((request) => {
      request.signal.addEventListener('abort', () => happened.push('aborted'));
      return new Response(new ReadableStream({ cancel: () => void happened.push('cancelled') }));
    });
    const { socket } = raw(server, get('/'));
    await new Promise((resolve) => socket.once('data', resolve));
    socket.resetAndDestroy();
    await vi.waitFor(() => expect(happened.sort()).toEqual(['aborted', 'cancelled']));
  });

  it('tells a handler that is still at work that the viewer has left, and lets its answer go', async () => {
    let isCancelled = false;
    let request: Request | undefined;
    let respond: (response: Response) => void = () => undefined;
    const server = await serve((asked) => {
      request = asked;
      return new Promise((resolve) => {
        respond = resolve;
      });
    });
    const { socket } = raw(server, get('/'));
    await vi.waitFor(() => expect(request).toBeDefined());
    socket.destroy();
    await vi.waitFor(() => expect(request?.signal.aborted).toBe(true));
    respond(
      new Response(
        new ReadableStream({
          cancel: () => {
            isCancelled = true;
          },
        }),
      ),
    );
    await vi.waitFor(() => expect(isCancelled).toBe(true));
  });

  it('tells requests that wait behind a stream that their viewer has left', async () => {
    const left: string[] = [];
    let asked = 0;
    const server = await serve(({ url, signal }) => {
      asked++;
      signal.addEventListener('abort', () => left.push(new URL(url).pathname));
      return new Response(new ReadableStream());
    });
    const { socket } = raw(server, '/a /b /c'.replace(/(\S+) ?/g, 'GET $1 HTTP/1.1\r\nHost: a.test\r\n\r\n'));
    await vi.waitFor(() => expect(asked).toBe(3));
    socket.destroy();
    await vi.waitFor(() => expect(left.sort()).toEqual(['/a', '/b', '/c']));
  });

  it('serves HTTP/2', async () => {
    const server = createHttp2((asked, answer) => toNodeListener(echo)(asked as never, answer as never));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const stream = session.request({ ':path': '/x?y=1', 'x-a': '1' });
    let text = '';
    for await (const part of stream) text += part;
    expect(text).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/x\?y=1 1$/);
    session.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('does not abort what was answered', async () => {
    let request: Request | undefined;
    const server = await serve((asked) => {
      request = asked;
      return new Response('ok');
    });
    await raw(server, get('/')).answer;
    expect(request?.signal.aborted).toBe(false);
  });

  it('asks for no chunk before the one before it has gone out', async () => {
    let pulled = 0;
    const chunk = new Uint8Array(1_000_000);
    const body = () =>
      new ReadableStream<Uint8Array>(
        { pull: (c) => void (pulled++ < 1_000 && c.enqueue(chunk)) },
        { highWaterMark: 0 },
      );
    const server = await serve(() => new Response(body()));
    const { socket } = raw(server, get('/'));
    socket.pause();
    let before = -1;
    await vi.waitFor(
      () => {
        const now = pulled;
        const isSame = now > 1 && now === before;
        before = now;
        expect(isSame).toBe(true);
      },
      { interval: 300, timeout: 10_000 },
    );
    expect(pulled).toBeLessThan(50);
    socket.destroy();
  });

  it('breaks the connection when the body fails, also while a viewer does not read', async () => {
    const failing = await serve(
      () =>
        new Response(
          new ReadableStream({
            pull: (c) => c.error(new Error('broken')),
          }),
        ),
    );
    expect(await raw(failing, get('/')).answer).not.toContain('0\r\n\r\n');
    const controllers: ReadableStreamDefaultController<Uint8Array>[] = [];
    const body = new ReadableStream<Uint8Array>({
      start: (c) => void controllers.push(c),
      pull: (c) => c.enqueue(new Uint8Array(1_000_000)),
    });
    const stalled = await serve(() => new Response(body));
    const { socket } = raw(stalled, get('/'));
    socket.pause();
    const connections = () => new Promise((resolve) => stalled.getConnections((_, count) => resolve(count)));
    await vi.waitFor(async () => expect([controllers.length, await connections()]).toEqual([1, 1]));
    controllers[0]?.error(new Error('too slow'));
    await vi.waitFor(async () => expect(await connections()).toBe(0), { timeout: 5_000 });
    socket.destroy();
  });

  it('answers 500 for a handler that fails, and says so', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const server = await serve(() => Promise.reject(new Error('oh no Bearer sk-1')));
    expect(await raw(server, get('/')).answer).toMatch(/^HTTP\/1.1 500/);
    expect(said.mock.calls.flat().join()).toMatch(/oh no Bearer \[redacted\]/);
    said.mockRestore();
  });

  it('goes on with the next request on a connection when a body was left unread, or half read', async () => {
    const server = await serve(async (request) => {
      if (request.url.endsWith('/half')) {
        const reader = request.body?.getReader();
        await reader?.read();
        await reader?.cancel();
      }
      return new Response('ok');
    });
    const big = 'x'.repeat(3_000_000);
    for (const path of ['/unread', '/half']) {
      const one = `POST ${path} HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${big.length}\r\n\r\n${big}`;
      const text = await raw(server, one + get('/next')).answer;
      expect(text.match(/HTTP\/1.1 200/g)).toHaveLength(2);
    }
  });

  it('has Node wait no longer than it should for heads and bodies', async () => {
    const server = await serve(() => new Response('ok'));
    await raw(server, get('/')).answer;
    expect([server.headersTimeout, server.requestTimeout]).toEqual([20_000, 60_000]);
    const strict = await serve(() => new Response('ok'));
    strict.headersTimeout = 5_000;
    strict.requestTimeout = 0;
    await raw(strict, get('/')).answer;
    expect([strict.headersTimeout, strict.requestTimeout]).toEqual([5_000, 60_000]);
  });

  it('has heads dropped that never become whole, on a server that has answered nothing', async () => {
    const short = { headersTimeout: 300, connectionsCheckingInterval: 50 };
    const server = createServer(
      { ...nodeServerOptions, ...short },
      toNodeListener(() => new Response('ok')),
    );
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    expect(await raw(server, 'GET / HT').answer).toMatch(/^HTTP\/1.1 408/);
    const usual = createServer(nodeServerOptions);
    expect([usual.headersTimeout, usual.requestTimeout]).toEqual([20_000, 60_000]);
    const { headersTimeout, connectionsCheckingInterval } = nodeServerOptions;
    expect(headersTimeout + connectionsCheckingInterval).toBeLessThan(60_000);
  });

  it('sends no body where there is none', async () => {
    const server = await serve(
      ({ method }) => new Response(null, { status: method === 'HEAD' ? 200 : 204, headers: { 'x-a': '1' } }),
    );
    expect(await raw(server, get('/')).answer).toMatch(/^HTTP\/1.1 204 No Content\r\nx-a: 1\r\n.*\r\n\r\n$/s);
    expect(await raw(server, get('/').replace('GET', 'HEAD')).answer).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  });
});
