import { brotliCompressSync, createGzip, gzipSync } from 'node:zlib';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { fetchTransport } from '../../src/http/fetch-transport.js';
import { gate } from './gate.js';
import { platforms } from './platforms.js';
import { sent } from './requests.js';
import { always, bodyOf, hungUp, serve } from './server.js';

describe.each(platforms)('fetchTransport over $name', ({ name, transport }) => {
  it('answers once, whole, with status, headers and address', async () => {
    const server = await serve(always(418, { 'x-a': 'b' }, '{"status":"queued","emoji":"\u{1f3ac}"}'));
    const [response, ...more] = await lastValueFrom(transport(sent(`${server.origin}/v1/videos/1`)).pipe(toArray()));
    expect(more).toEqual([]);
    expect(response).toMatchObject({
      status: 418,
      url: `${server.origin}/v1/videos/1`,
      text: '{"status":"queued","emoji":"\u{1f3ac}"}',
    });
    expect(response?.header('x-a')).toBe('b');
    expect(response?.header('x-b')).toBeNull();
  });

  it('sends method, headers and body as they are, once for each subscription, and nothing before', async () => {
    const bodies: string[] = [];
    const server = await serve(async (request, response) => {
      bodies.push(String(await bodyOf(request)));
      response.end();
    });
    const headers = { authorization: 'Bearer sk-secret', 'content-type': 'application/json' };
    const answer = transport(sent(server.origin, { method: 'POST', headers, body: '{"prompt":"\u{1f3ac}"}' }));
    expect(server.requests).toEqual([]);
    await lastValueFrom(answer);
    await lastValueFrom(answer);
    expect(bodies).toEqual(['{"prompt":"\u{1f3ac}"}', '{"prompt":"\u{1f3ac}"}']);
    expect(server.requests[0]).toMatchObject({ method: 'POST', headers });
    await lastValueFrom(transport(sent(server.origin, { method: 'DELETE' })));
    expect(server.requests[2]?.method).toBe('DELETE');
  });

  it('sends no cookie and no referrer, though the server sets one', async () => {
    const server = await serve(always(200, { 'set-cookie': 'a=b' }, '{}'));
    for (let times = 0; times < 2; times++) await lastValueFrom(transport(sent(server.origin)));
    expect(server.requests[1]?.headers).not.toHaveProperty('cookie');
    expect(server.requests[1]?.headers).not.toHaveProperty('referer');
  });

  it('does not follow a redirect', async () => {
    const server = await serve(always(302, { location: '/elsewhere' }));
    const response = await lastValueFrom(transport(sent(server.origin)));
    expect(response.status).toBe(302);
    expect(new URL(response.header('location') ?? '', server.origin).pathname).toBe('/elsewhere');
    expect(server.requests).toHaveLength(1);
  });

  it('reads an empty body, one without a length, and one in many pieces', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/empty') response.writeHead(204).end();
      else for (const piece of ['{"a":', '"\u{1f3ac}', 'ä"', '}', '']) piece ? response.write(piece) : response.end();
    });
    expect((await lastValueFrom(transport(sent(`${server.origin}/empty`)))).text).toBe('');
    expect((await lastValueFrom(transport(sent(server.origin)))).text).toBe('{"a":"\u{1f3ac}ä"}');
  });

  it('joins a character that was cut in two, and drops a byte order mark', async () => {
    const bytes = Buffer.from('\ufeff{"a":"\u{1f3ac}"}');
    const server = await serve((_request, response) => {
      response.write(bytes.subarray(0, 11), () => response.end(bytes.subarray(11)));
    });
    expect((await lastValueFrom(transport(sent(server.origin)))).text).toBe('{"a":"\u{1f3ac}"}');
  });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('decompresses %s', async (encoding, compress) => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding }).end(compress('{"status":"queued"}'));
    });
    expect((await lastValueFrom(transport(sent(server.origin)))).text).toBe('{"status":"queued"}');
  });

  it('errors with what fetch says when nobody listens', async () => {
    await expect(lastValueFrom(transport(sent('http://127.0.0.1:1/')))).rejects.toThrow();
  });

  // node-fetch 2 never ends a torn body that has a length: only a timeout does.
  it.each(name === 'cross-fetch' || name === 'no fetch' ? ['chunked'] : ['chunked', 'of a length'])(
    'errors when an answer that is %s is torn',
    async (kind) => {
      const server = await serve((_request, response) => {
        if (kind !== 'chunked') response.setHeader('content-length', '100');
        response.write('{"a":', () => response.destroy());
      });
      await expect(lastValueFrom(transport(sent(server.origin)))).rejects.toThrow();
      const opened = firstValueFrom(transport.open(sent(server.origin)));
      await expect(opened.then(({ body }) => new Response(body).text())).rejects.toThrow();
    },
  );

  it('hangs up when the subscription ends before the headers, and within the body', async () => {
    for (const withHead of [false, true]) {
      const hung = gate<{ readonly hungUp: Promise<void> }>();
      const server = await serve((_request, response) => {
        hung.open({ hungUp: hungUp(response) });
        if (withHead) response.write('{');
      });
      const outcomes: unknown[] = [];
      const note = (what: unknown) => void outcomes.push(what);
      const subscription = transport(sent(server.origin)).subscribe({
        next: note,
        error: note,
        complete: () => note('end'),
      });
      const { hungUp: closed } = await hung.opened;
      subscription.unsubscribe();
      await closed;
      expect(outcomes).toEqual([]);
    }
  });

  describe('open', () => {
    it('answers with the headers, and leaves the body running after it completed', async () => {
      const finish = gate<void>();
      const server = await serve(async (_request, response) => {
        response.writeHead(206, { 'content-type': 'video/mp4' }).write('first ');
        await finish.opened;
        response.end('last');
      });
      const opened = await lastValueFrom(transport.open(sent(server.origin, { headers: { range: 'bytes=0-9' } })));
      expect(opened).toMatchObject({ status: 206, url: `${server.origin}/` });
      expect(opened.header('content-type')).toBe('video/mp4');
      expect(opened.body).toBeInstanceOf(ReadableStream);
      expect(server.requests[0]?.headers['range']).toBe('bytes=0-9');
      finish.open();
      expect(await new Response(opened.body).text()).toBe('first last');
    });

    it('has an empty body where there is none', async () => {
      const server = await serve(always(204));
      const opened = await lastValueFrom(transport.open(sent(server.origin)));
      expect(await new Response(opened.body).text()).toBe('');
    });

    it('hangs up when the body is cancelled', async () => {
      const hung = gate<void>();
      const server = await serve((_request, response) => {
        hungUp(response).then(hung.open);
        response.write('first');
      });
      const { body } = await firstValueFrom(transport.open(sent(server.origin)));
      const reader = body.getReader();
      expect(new TextDecoder().decode((await reader.read()).value)).toBe('first');
      await reader.cancel();
      await hung.opened;
    });

    it('hangs up when a body that nobody read is cancelled', async () => {
      const hung = gate<void>();
      const server = await serve((_request, response) => {
        hungUp(response).then(hung.open);
        response.write('first');
      });
      const { body } = await firstValueFrom(transport.open(sent(server.origin)));
      await body.cancel();
      await hung.opened;
    });

    it('hangs up when the subscription ends before the headers', async () => {
      const hung = gate<void>();
      const server = await serve((_request, response) => {
        hungUp(response).then(hung.open);
      });
      const subscription = transport.open(sent(server.origin)).subscribe();
      while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
      subscription.unsubscribe();
      await hung.opened;
    });
  });

  it('puts no cap on an opened body, and does not run ahead of its reader', async () => {
    let written = 0;
    const server = await serve((_request, response) => {
      const zeros = Buffer.alloc(65_536);
      const gzip = createGzip({ level: 0 });
      gzip.pipe(response);
      const more = () => {
        while (written < 200_000_000 && gzip.write(zeros)) written += zeros.byteLength;
      };
      gzip.on('drain', more);
      more();
    });
    const opened = await firstValueFrom(transport.open(sent(server.origin, { maxBodyBytes: 1_000 })));
    const reader = opened.body.getReader();
    let received = 0;
    while (received < 5_000_000) received += (await reader.read()).value?.byteLength ?? Number.NaN;
    expect(written).toBeLessThan(100_000_000);
    await reader.cancel();
  });
});

describe('fetchTransport', () => {
  type Call = { readonly url: string; readonly init: RequestInit };

  const recording = (answers: () => Promise<Response>) => {
    const calls: Call[] = [];
    const fetch = (url: string, init: RequestInit) => {
      calls.push({ url, init });
      return answers();
    };
    return { calls, transport: fetchTransport({ fetch }) };
  };

  it('calls fetch with a string and settings that keep cookies, caches, referrers and redirects out', async () => {
    const { calls, transport } = recording(async () => new Response('{}'));
    await lastValueFrom(transport(sent('http://127.0.0.1/v1')));
    expect(calls[0]?.url).toBe('http://127.0.0.1/v1');
    expect(calls[0]?.init).toMatchObject({
      method: 'GET',
      redirect: 'manual',
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    });
  });

  it('looks for globalThis.fetch at the time of the request', async () => {
    const before = Object.getOwnPropertyDescriptor(globalThis, 'fetch');
    const transport = fetchTransport();
    Object.defineProperty(globalThis, 'fetch', { value: async () => new Response('later'), configurable: true });
    try {
      expect((await lastValueFrom(transport(sent('http://127.0.0.1/')))).text).toBe('later');
    } finally {
      Reflect.deleteProperty(globalThis, 'fetch');
      if (before) Object.defineProperty(globalThis, 'fetch', before);
    }
  });

  it('tells a redirect that a browser hides as a 302 without Location', async () => {
    const hidden = {
      status: 0,
      type: 'opaqueredirect',
      url: '',
      headers: new Headers(),
      body: null,
      text: async () => '',
    };
    const { transport } = recording(async () => hidden as unknown as Response);
    const response = await lastValueFrom(transport(sent('http://127.0.0.1/')));
    expect(response.status).toBe(302);
    expect(response.header('location')).toBeNull();
  });

  it('reads bodies where the platform cannot stream them', async () => {
    const whole = {
      status: 200,
      url: '',
      headers: new Headers(),
      text: async () => '{}',
      arrayBuffer: async () => new ArrayBuffer(3),
    };
    const { transport } = recording(async () => whole as unknown as Response);
    expect((await lastValueFrom(transport(sent('http://127.0.0.1/')))).text).toBe('{}');
    const { body } = await lastValueFrom(transport.open(sent('http://127.0.0.1/')));
    expect((await new Response(body).arrayBuffer()).byteLength).toBe(3);
  });

  it('hands on a synchronous throw as an error', async () => {
    const transport = fetchTransport({
      fetch: () => {
        throw new TypeError('boom');
      },
    });
    await expect(lastValueFrom(transport(sent('http://127.0.0.1/')))).rejects.toThrow('boom');
  });

  it('gives an aborted signal to a fetch that looks for it too late, and does not abort what is complete', async () => {
    const { calls, transport } = recording(async () => new Response('{}'));
    await lastValueFrom(transport(sent('http://127.0.0.1/')));
    expect(calls[0]?.init.signal?.aborted).toBe(false);
    transport(sent('http://127.0.0.1/')).subscribe().unsubscribe();
    expect(calls[1]?.init.signal?.aborted).toBe(true);
    expect(calls[1]?.init.signal).toBe(calls[1]?.init.signal);
  });

  it('shows no secret when it is inspected', () => {
    expect(JSON.stringify({ transport: fetchTransport() })).toBe('{}');
  });
});
