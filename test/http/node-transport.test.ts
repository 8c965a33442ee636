import type { LookupFunction } from 'node:net';
import { lastValueFrom } from 'rxjs';
import type { Dispatcher } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { Reception } from '../../src/http/node-answer.js';
import { type NodeTransportOptions, nodeTransport, nodeTransportDefaults } from '../../src/http/node-transport.js';
import { cometapi, createClient, isRushesError } from '../../src/index.js';
import { gate } from './gate.js';
import { sent } from './requests.js';
import { always, bodyOf, hungUp, nobody, serve, type TestServer } from './server.js';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

function opened(options: NodeTransportOptions = {}) {
  const transport = nodeTransport({ env: {}, ...options });
  closers.push(() => transport.close());
  return transport;
}

/** How many connections a server's requests came over. */
const connections = ({ requests }: TestServer) => new Set(requests.map(({ socket }) => socket)).size;

const post = { method: 'POST', body: '{}' } as const;
const input = { model: 'm', prompt: 'a calm sea' };
const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it did not reject'),
    (error) => error,
  );

/** Resolves every name to these addresses, one list after the other. */
function resolving(...answers: string[][]): LookupFunction {
  let asked = 0;
  return (_host, _options, callback) => {
    const addresses = answers[Math.min(asked++, answers.length - 1)] ?? [];
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
}

describe('the connections of nodeTransport', () => {
  it('are used again by one read after the other', async () => {
    const server = await serve(always(200, {}, '{}'));
    const transport = opened();
    for (let nth = 0; nth < 5; nth++) await lastValueFrom(transport(sent(server.origin)));
    expect([server.requests.length, connections(server)]).toEqual([5, 1]);
  });

  it('are as many as there are requests at once', async () => {
    const server = await serve(always(200, {}, '{}'));
    const transport = opened();
    const crowd = () => Promise.all(Array.from({ length: 8 }, () => lastValueFrom(transport(sent(server.origin)))));
    await crowd();
    await crowd();
    expect([server.requests.length, connections(server)]).toEqual([16, 8]);
  });

  it('are new for each POST, and then there for the reads that follow', async () => {
    const server = await serve(always(200, {}, '{}'));
    const transport = opened();
    await lastValueFrom(transport(sent(server.origin)));
    for (let nth = 0; nth < 3; nth++) await lastValueFrom(transport(sent(server.origin, post)));
    expect([server.requests.length, connections(server)]).toEqual([4, 4]);
    for (let nth = 0; nth < 3; nth++) await lastValueFrom(transport(sent(server.origin)));
    expect([server.requests.length, connections(server)]).toEqual([7, 4]);
  });

  it('are new where the answer is one that ends them, or one that leaves no time', async () => {
    for (const headers of [{ connection: 'close' }, { 'keep-alive': 'timeout=1' }]) {
      const server = await serve(always(200, headers as Record<string, string>, '{}'));
      const transport = opened();
      for (let nth = 0; nth < 3; nth++) await lastValueFrom(transport(sent(server.origin)));
      expect(connections(server)).toBe(3);
    }
  });

  it('are used again after an opened body was read to its end, and ended when it was not', async () => {
    const server = await serve(always(200, {}, 'x'.repeat(1_000_000)));
    const transport = opened();
    for (let nth = 0; nth < 3; nth++) {
      const { body } = await lastValueFrom(transport.open(sent(server.origin)));
      await new Response(body).arrayBuffer();
    }
    expect(connections(server)).toBe(1);
    const { body } = await lastValueFrom(transport.open(sent(server.origin)));
    await body.cancel();
    await lastValueFrom(transport(sent(server.origin)));
    expect(connections(server)).toBe(2);
  });

  it('do not replay a read whose server closes them', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/first') response.end('{}');
      else request.socket.destroy();
    });
    const transport = opened();
    await lastValueFrom(transport(sent(`${server.origin}/first`)));
    await expect(lastValueFrom(transport(sent(`${server.origin}/second`)))).rejects.toThrow();
    expect(server.requests).toHaveLength(2);
  });
});

describe('an opened body over nodeTransport', () => {
  it('is not sent ahead of its reader', async () => {
    const size = 64 * 1_048_576;
    let written = 0;
    const server = await serve((_request, response) => {
      const piece = Buffer.alloc(65_536);
      const more = () => {
        while (written < size) {
          written += piece.byteLength;
          if (!response.write(piece)) return;
        }
        response.end();
      };
      response.on('drain', more);
      more();
    });
    const { body } = await lastValueFrom(opened().open(sent(server.origin)));
    for (let before = -1, still = 0; still < 100; still = written === before ? still + 1 : 0) {
      before = written;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(written).toBeLessThan(size / 2);
    expect((await new Response(body).arrayBuffer()).byteLength).toBe(size);
  });
});

describe('what hears an answer', () => {
  it('gives a request up that undici begins a second time', () => {
    const reasons: Error[] = [];
    const controller = { abort: (reason: Error) => void reasons.push(reason) } as Dispatcher.DispatchController;
    const reception = new Reception(
      () => expect.fail('no answer came'),
      () => undefined,
    );
    reception.onRequestStart(controller);
    expect(reasons).toEqual([]);
    reception.onRequestStart(controller);
    expect(reasons).toEqual([new Error('the connection was lost before the answer')]);
  });
});

describe('a create over nodeTransport', () => {
  it('is sent once to a server that reads it and closes the connection, and is CREATE_AMBIGUOUS', async () => {
    const bodies: Buffer[] = [];
    const server = await serve(async (request, response) => {
      if (request.method === 'GET') {
        response.end('{"id":"task_1","status":"queued"}');
      } else {
        bodies.push(await bodyOf(request));
        request.socket.destroy();
      }
    });
    const client = createClient(cometapi({ apiKey: 'sk-canary', baseUrl: server.origin }), { transport: opened() });
    await client.read('task_1');
    await expect(client.create(input)).rejects.toMatchObject({ code: 'CREATE_AMBIGUOUS', retryable: false });
    await client.read('task_1');
    expect(bodies).toHaveLength(1);
    expect(String(bodies[0])).toContain('a calm sea');
  });

  it('that nobody listens to is UNAVAILABLE, retryable, with the word of the system', async () => {
    const unheard = await nobody();
    for (const baseUrl of [unheard, unheard.replace('127.0.0.1', 'localhost')]) {
      const client = createClient(cometapi({ apiKey: 'sk-canary', baseUrl }), { transport: opened() });
      const error = await reasonOf(client.create(input));
      expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: true, cause: { code: 'ECONNREFUSED' } });
      expect(String(error)).toMatch(/connect ECONNREFUSED/);
    }
  });

  it('whose host has no address is UNAVAILABLE, retryable', async () => {
    const lookup: LookupFunction = (_host, _options, callback) =>
      callback(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), '');
    const client = createClient(cometapi({ apiKey: 'sk-1', baseUrl: 'https://api.test' }), {
      transport: opened({ lookup }),
    });
    await expect(client.create(input)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  });
});

describe('unsubscribing', () => {
  it('hangs up at once, and spares the other requests', async () => {
    const first = gate<{ readonly closed: Promise<void> }>();
    const second = gate<() => void>();
    const server = await serve((request, response) => {
      if (request.url === '/first') first.open({ closed: hungUp(response) });
      else second.open(() => response.end('{}'));
    });
    const transport = opened();
    const given = transport(sent(`${server.origin}/first`)).subscribe();
    const other = lastValueFrom(transport(sent(`${server.origin}/second`)));
    const [{ closed }, answer] = await Promise.all([first.opened, second.opened]);
    given.unsubscribe();
    await closed;
    answer();
    expect((await other).text).toBe('{}');
  });

  it('frees a connection that is still being made', async () => {
    const looked = gate<() => void>();
    const lookup: LookupFunction = (_host, _options, callback) =>
      looked.open(() => callback(null, [{ address: '127.0.0.1', family: 4 }]));
    const server = await serve(always(200));
    const subscription = opened({ lookup })(sent(`http://api.test:${server.port}/`)).subscribe();
    const answer = await looked.opened;
    subscription.unsubscribe();
    answer();
    await lastValueFrom(opened()(sent(server.origin)));
    expect(server.requests).toHaveLength(1);
  });
});

describe('close', () => {
  it('ends what waits, what runs and what is being read, and lets nothing start', async () => {
    const sockets = new Set<unknown>();
    const running = gate<void>();
    const server = await serve((request, response) => {
      sockets.add(request.socket);
      request.socket.once('close', () => sockets.delete(request.socket));
      if (request.url === '/idle') response.end('{}');
      else if (request.url === '/body') response.write('part');
      else running.open();
    });
    const transport = nodeTransport({ env: {} });
    const hanging = reasonOf(lastValueFrom(transport(sent(`${server.origin}/hang`))));
    await running.opened;
    const { body } = await lastValueFrom(transport.open(sent(`${server.origin}/body`)));
    await lastValueFrom(transport(sent(`${server.origin}/idle`)));
    expect(sockets.size).toBe(3);
    await transport.close();
    expect(await hanging).toMatchObject({ code: 'UNAVAILABLE', message: 'the transport was closed', retryable: false });
    await expect(new Response(body).text()).rejects.toThrow();
    while (sockets.size > 0) await new Promise((resolve) => setImmediate(resolve));
    const late = await reasonOf(lastValueFrom(transport(sent(server.origin))));
    expect(late).toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('closed') });
    expect(server.requests).toHaveLength(3);
    await transport[Symbol.asyncDispose]();
  });
});

describe('mayConnect', () => {
  const hosts: readonly (readonly [string, string[]])[] = [
    ['api.test', ['127.0.0.1']],
    ['api.test', ['::1']],
    ['api.test', ['93.184.216.34', '127.0.0.1']],
    ['localhost', ['127.0.0.1']],
    ['127.0.0.1', []],
    ['2130706433', []],
    ['0x7f.1', []],
    ['[::1]', []],
    ['[::ffff:127.0.0.1]', []],
  ];

  it.each(hosts)('is asked before %s, being %j, is connected to', async (host, addresses) => {
    const server = await serve(always(200));
    const asked: string[] = [];
    const mayConnect = (address: string) => asked.push(address) > 0 && !/^127\.|::1$|7f00:1/.test(address);
    const transport = opened({ lookup: resolving(addresses) });
    const request = sent(`http://${host}:${server.port}/`, { mayConnect });
    await expect(lastValueFrom(transport(request))).rejects.toMatchObject({ code: 'EACCES' });
    await expect(lastValueFrom(transport.open(request))).rejects.toMatchObject({ code: 'EACCES' });
    expect(asked.length).toBeGreaterThan(1);
    expect(server.requests).toEqual([]);
  });

  it('is asked for each connection, and a kept one is not used without asking', async () => {
    const server = await serve(always(200, {}, '{}'));
    const url = `http://api.test:${server.port}/`;
    const transport = opened({ lookup: resolving(['127.0.0.1'], ['127.0.0.1'], ['10.0.0.1']) });
    const mayConnect = (address: string) => address === '127.0.0.1';
    await lastValueFrom(transport(sent(url)));
    await lastValueFrom(transport(sent(url, { mayConnect })));
    await expect(lastValueFrom(transport(sent(url, { mayConnect })))).rejects.toMatchObject({ code: 'EACCES' });
    await lastValueFrom(transport(sent(url)));
    expect([server.requests.length, connections(server)]).toEqual([3, 2]);
  });

  it('fails the request, and nothing else, when it throws', async () => {
    const server = await serve(always(200));
    const mayConnect = () => {
      throw new Error('a rule that breaks');
    };
    const transport = opened({ lookup: resolving(['127.0.0.1']) });
    const answer = lastValueFrom(transport(sent(`http://api.test:${server.port}/`, { mayConnect })));
    await expect(answer).rejects.toThrow('a rule that breaks');
  });
});

describe('the options of nodeTransport', () => {
  it.each([
    [{ keepAliveMs: -1 }, 'nodeTransport.keepAliveMs: expected milliseconds: a finite number, 0 or more, received -1'],
    [{ connectTimeoutMs: Number.NaN }, 'nodeTransport.connectTimeoutMs: expected milliseconds'],
    [{ lookup: 'dns' }, 'nodeTransport.lookup: expected a function, received "dns"'],
    [{ random: 1 }, 'nodeTransport.random: expected a function, received 1'],
    [{ env: 'HOME' }, 'nodeTransport.env: expected an object, received "HOME"'],
    [{ ca: 7 }, 'nodeTransport.ca: expected certificates in PEM, received 7'],
    [{ keepAlive: 5 }, 'nodeTransport: expected no other options than'],
    [null, 'nodeTransport: expected an object, received null'],
  ])('are not %j', (options, message) => {
    expect(() => nodeTransport(options as NodeTransportOptions)).toThrow(message);
    try {
      nodeTransport(options as NodeTransportOptions);
    } catch (error) {
      expect(isRushesError(error) && error.code).toBe('INVALID_ARGUMENT');
    }
  });

  it('may be as small and as large as times can be', async () => {
    const server = await serve(always(200, {}, '{}'));
    for (const ms of [0, Number.MAX_SAFE_INTEGER]) {
      const transport = opened({ keepAliveMs: ms, connectTimeoutMs: Number.MAX_SAFE_INTEGER });
      expect((await lastValueFrom(transport(sent(server.origin)))).text).toBe('{}');
    }
  });

  it('have defaults that are frozen', () => {
    expect(nodeTransportDefaults).toEqual({ keepAliveMs: 120_000, connectTimeoutMs: 10_000 });
    expect(Object.isFrozen(nodeTransportDefaults)).toBe(true);
  });
});

it('nodeTransport shows no secret when it is inspected', () => {
  const transport = opened({ env: { https_proxy: 'http://me:hunter2@proxy.test' } });
  expect(JSON.stringify({ transport })).toBe('{}');
});
