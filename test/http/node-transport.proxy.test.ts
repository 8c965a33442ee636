import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { lastValueFrom } from 'rxjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { proxyRule } from '../../src/http/node-proxy.js';
import { nodeTransport } from '../../src/http/node-transport.js';
import { cometapi, createClient } from '../../src/index.js';
import { gate } from './gate.js';
import { canary, sent } from './requests.js';
import { always, nobody, serve } from './server.js';
import { selfSigned } from './tls.js';

const proxy = 'http://user:hunter2@proxy.test:3128';
const url = (text: string) => new URL(text);

describe('proxyRule', () => {
  const https = { https_proxy: proxy };

  it.each([
    [{ https_proxy: proxy }, 'https://api.test/v1', 'proxy.test:3128'],
    [{ HTTPS_PROXY: proxy }, 'https://api.test/v1', 'proxy.test:3128'],
    [{ https_proxy: 'https://secure.test', HTTPS_PROXY: proxy }, 'https://api.test/v1', 'secure.test'],
    [{ https_proxy: 'user:hunter2@proxy.test:3128' }, 'https://api.test/v1', 'proxy.test:3128'],
    [{ https_proxy: proxy, REQUEST_METHOD: 'GET' }, 'https://api.test/v1', 'proxy.test:3128'],
    [{}, 'https://api.test/v1', undefined],
    [{ https_proxy: '', HTTPS_PROXY: proxy }, 'https://api.test/v1', undefined],
    [{ http_proxy: proxy }, 'https://api.test/v1', undefined],
    [{ https_proxy: proxy }, 'http://api.test/v1', undefined],
    [{ HTTP_PROXY: proxy, REQUEST_METHOD: 'GET' }, 'http://api.test/v1', undefined],
  ])('finds in %j for %s: %j', (env, target, host) => {
    expect(proxyRule(env)(url(target))?.host).toBe(host);
  });

  it.each([
    ['api.test', 'https://api.test/', true],
    ['api.test', 'https://sub.api.test/', true],
    ['.api.test', 'https://sub.api.test/', true],
    ['*.api.test', 'https://sub.api.test/', true],
    ['API.test', 'https://api.TEST/', true],
    ['other, api.test', 'https://api.test/', true],
    ['other api.test', 'https://api.test/', true],
    ['*', 'https://api.test/', true],
    ['api.test:443', 'https://api.test/', true],
    ['api.test:8443', 'https://api.test:8443/', true],
    ['10.0.0.0/8', 'https://10.1.2.3/', true],
    ['10.1.2.3', 'https://10.1.2.3/', true],
    ['fd00::/8', 'https://[fd12::1]/', true],
    ['[fd12::1]:443', 'https://[fd12::1]/', true],
    ['fd12::1', 'https://[fd12::1]/', true],
    ['api.test:8443', 'https://api.test/', false],
    ['pi.test', 'https://api.test/', false],
    ['10.0.0.0/99', 'https://10.1.2.3/', false],
    ['10.0.0.0/8', 'https://11.1.2.3/', false],
    ['', 'https://api.test/', false],
  ])('heeds no_proxy=%s for %s: %j', (no_proxy, target, exempt) => {
    expect(proxyRule({ ...https, no_proxy })(url(target)) === undefined).toBe(exempt);
    expect(proxyRule({ ...https, NO_PROXY: no_proxy })(url(target)) === undefined).toBe(exempt);
  });

  it.each([
    'localhost',
    'api.localhost',
    'localhost.',
    '127.0.0.1',
    '127.8.9.10',
    '0x7f.1',
    '2130706433',
    '[::1]',
    '[::ffff:127.0.0.1]',
  ])('never sends what is for %s through a proxy', (host) => {
    const env = { https_proxy: proxy, http_proxy: proxy, no_proxy: '' };
    for (const scheme of ['http', 'https']) expect(proxyRule(env)(url(`${scheme}://${host}:8080/`))).toBeUndefined();
  });

  it('refuses plain http through a proxy, and what is no http proxy, without its password', () => {
    const refusals = [
      () => proxyRule({ http_proxy: proxy })(url('http://api.test/v1?token=hunter2')),
      () => proxyRule({ HTTP_PROXY: proxy })(url('http://api.test/v1')),
      () => proxyRule({ https_proxy: 'socks5://user:hunter2@proxy.test' })(url('https://api.test/')),
      () => proxyRule({ https_proxy: 'user:hunter2@' })(url('https://api.test/')),
    ];
    for (const refusal of refusals) {
      expect(refusal).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
      expect(refusal).not.toThrow(/hunter2/);
    }
  });
});

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function listening<S extends Server>(server: S): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)));
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** A proxy that remembers what it was asked, and leads every tunnel to one port. */
async function proxyTo(answer: (request: IncomingMessage, socket: Socket) => void) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    response.writeHead(500).end();
  });
  server.on('connect', (request, socket) => {
    asked.push(request);
    answer(request, socket as Socket);
  });
  const port = await listening(server);
  return { asked, address: `http://user:hunter2@127.0.0.1:${port}` };
}

const leadingTo = (port: number) => (_request: IncomingMessage, socket: Socket) => {
  const onward = connect(port, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    onward.pipe(socket);
    socket.pipe(onward);
  });
  onward.on('error', () => socket.destroy());
};

function through(address: string, ca?: string) {
  const transport = nodeTransport({ env: { https_proxy: address, http_proxy: address }, ...(ca && { ca }) });
  closers.push(() => transport.close());
  return transport;
}

const identity = selfSigned();

describe.skipIf(identity === undefined)('nodeTransport through a proxy', () => {
  let ca: string;
  beforeAll(() => {
    ca = identity?.cert ?? '';
  });

  const target = async () => {
    const authorizations: unknown[] = [];
    const server = createTlsServer(identity ?? {}, (request, response) => {
      authorizations.push(request.headers['proxy-authorization']);
      response.end(`{"path":"${request.url}"}`);
    });
    return { authorizations, port: await listening(server) };
  };

  it('makes a tunnel, with the password for the proxy alone, and keeps it', async () => {
    const { port, authorizations } = await target();
    const { asked, address } = await proxyTo(leadingTo(port));
    const transport = through(address, ca);
    for (const path of ['/a', '/b']) {
      const { text, url } = await lastValueFrom(transport(sent(`https://video.test${path}`)));
      expect([text, url]).toEqual([`{"path":"${path}"}`, `https://video.test${path}`]);
    }
    expect(asked.map(({ method, url }) => [method, url])).toEqual([['CONNECT', 'video.test:443']]);
    expect(asked[0]?.headers['proxy-authorization']).toBe(`Basic ${btoa('user:hunter2')}`);
    expect(asked[0]?.headers).not.toHaveProperty('authorization');
    expect(authorizations).toEqual([undefined, undefined]);
  });

  it('makes a tunnel of its own for each POST', async () => {
    const { port } = await target();
    const { asked, address } = await proxyTo(leadingTo(port));
    const transport = through(address, ca);
    const post = sent('https://video.test/', { method: 'POST', body: '{}' });
    for (let nth = 0; nth < 2; nth++) await lastValueFrom(transport(post));
    expect(asked).toHaveLength(2);
  });

  it('still verifies the target', async () => {
    const { port } = await target();
    const { address } = await proxyTo(leadingTo(port));
    await expect(lastValueFrom(through(address)(sent('https://video.test/')))).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    await expect(lastValueFrom(through(address, ca)(sent('https://other.test/')))).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  it('does not ask it for an address that may not be connected to', async () => {
    const { asked, address } = await proxyTo((_request, socket) => socket.destroy());
    const request = sent('https://10.0.0.1/', { mayConnect: () => false });
    await expect(lastValueFrom(through(address)(request))).rejects.toMatchObject({ code: 'EACCES' });
    expect(asked).toEqual([]);
  });
});

describe('a proxy', () => {
  it('hears nothing of requests for loopback', async () => {
    const server = await serve(always(200, {}, '{}'));
    const { asked, address } = await proxyTo((_request, socket) => socket.destroy());
    const transport = through(address);
    for (const host of ['127.0.0.1', 'localhost', 'sub.localhost', '0x7f.1']) {
      await lastValueFrom(transport(sent(`http://${host}:${server.port}/`))).catch(() => undefined);
    }
    expect(server.requests.length).toBeGreaterThanOrEqual(3);
    expect(asked).toEqual([]);
  });

  it('hears nothing of plain http', async () => {
    const { asked, address } = await proxyTo((_request, socket) => socket.destroy());
    await expect(lastValueFrom(through(address)(sent('http://api.test/?token=1')))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/^http:\/\/api\.test: .*proxy.*plain http/),
    });
    expect(asked).toEqual([]);
  });

  it.each([
    ['refuses', (socket: Socket) => void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')],
    ['hangs up', (socket: Socket) => void socket.destroy()],
  ])('that %s shows no password, and no key is sent', async (_, answer) => {
    const { asked, address } = await proxyTo((_request, socket) => answer(socket));
    const transport = through(address);
    const client = createClient(cometapi({ apiKey: canary }), { transport });
    const error = await client.create({ model: 'm', prompt: 'p' }).catch((reason: unknown) => reason);
    const shown = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
    expect(shown).toContain('the proxy 127.0.0.1');
    expect(shown).not.toMatch(/hunter2|dXNlcjpodW50ZXIy/);
    expect(JSON.stringify(asked.map(({ headers }) => headers))).not.toContain(canary);
  });

  it('that is not there leaves a create certainly unsent', async () => {
    const transport = through((await nobody()).replace('//', '//user:hunter2@'));
    const client = createClient(cometapi({ apiKey: canary }), { transport });
    const error = await client.create({ model: 'm', prompt: 'p' }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(String(error)).not.toContain('hunter2');
  });

  it('that never answers is left by unsubscribing', async () => {
    const left = gate<void>();
    const waiting = gate<void>();
    const { address } = await proxyTo((_request, socket) => {
      socket.resume().once('end', () => left.open());
      waiting.open();
    });
    const subscription = through(address)(sent('https://api.test/')).subscribe();
    await waiting.opened;
    subscription.unsubscribe();
    await left.opened;
  });
});
