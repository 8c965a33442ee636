import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { type ClientOptions, createBudget, createClient, infinityBlue } from '../../src/index.js';
import { createClock, createSimulator } from '../../src/testing/index.js';
import { gate } from '../http/gate.js';
import { platforms } from '../http/platforms.js';
import { canary } from '../http/requests.js';
import { always, serve } from '../http/server.js';
import { reasonOf } from './studio.js';

const task = { provider: 'infinity-blue', id: 'video_1' };
const textOf = ({ body }: { body: ReadableStream }) => new Response(body).text();
const clientAt = (baseUrl: string, options: ClientOptions = {}) =>
  createClient(infinityBlue({ apiKey: canary, baseUrl }), options);

describe.each(platforms)('the content of a task over $name', ({ transport }) => {
  it('is fetched from its address without the key', async () => {
    const api = await serve(always(500));
    const cdn = await serve(always(206, { etag: '"v"' }, 'bytes'));
    const url = `${cdn.origin}/a.mp4?sig=1`;
    const content = await clientAt(api.origin, { transport }).content(task, {
      url,
      range: 'bytes=0-4',
      ifRange: '"v"',
    });
    expect([content.status, await textOf(content)]).toEqual([206, 'bytes']);
    expect(api.requests).toEqual([]);
    expect(cdn.requests).toHaveLength(1);
    expect(cdn.requests[0]?.headers).toMatchObject({ range: 'bytes=0-4', 'if-range': '"v"' });
    expect(JSON.stringify([cdn.requests[0]?.url, cdn.requests[0]?.headers])).not.toMatch(/canary|bearer|x-api-key/i);
  });

  it('is asked of the provider with the key, and then of wherever that leads to without it', async () => {
    const cdn = await serve((request, response) => {
      if (request.url === '/hop') response.writeHead(302, { location: '/a.mp4' }).end();
      else response.writeHead(206).end('bytes');
    });
    for (const status of [301, 302, 303, 307, 308]) {
      const api = await serve(always(status, { location: `${cdn.origin}/hop` }));
      const content = await clientAt(api.origin, { transport }).content(task, { range: 'bytes=0-4', ifRange: '"v"' });
      expect(await textOf(content)).toBe('bytes');
      expect(api.requests.map(({ headers }) => [headers.authorization, headers['if-range']])).toEqual([
        [`Bearer ${canary}`, '"v"'],
      ]);
    }
    expect(cdn.requests).toHaveLength(10);
    for (const { headers } of cdn.requests) {
      expect(headers).toMatchObject({ range: 'bytes=0-4', 'if-range': '"v"' });
      expect(JSON.stringify(headers)).not.toMatch(/canary|bearer/i);
    }
  });

  it('is asked without the key again where the route leads elsewhere within its origin', async () => {
    const api = await serve((request, response) => {
      if (request.url?.endsWith('/content')) response.writeHead(302, { location: '/files/a.mp4' }).end();
      else response.end('bytes');
    });
    expect(await textOf(await clientAt(api.origin, { transport }).content(task))).toBe('bytes');
    expect(api.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${canary}`, undefined]);
  });

  it('is BAD_RESPONSE where the route leads nowhere', async () => {
    const api = await serve(always(302));
    const error = await reasonOf(clientAt(api.origin, { transport }).content(task));
    expect(error).toMatchObject({ code: 'BAD_RESPONSE', task });
    expect(api.requests).toHaveLength(1);
  });
});

describe('the content of a task', () => {
  it('is not fetched from this machine when the provider is public, and the error tells the task, not the signature', async () => {
    const inside = await serve(always(200, {}, 'secrets'));
    const client = createClient(infinityBlue({ apiKey: canary }), { allowHttp: true });
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]']) {
      const error = await reasonOf(client.content(task, { url: `http://${host}:${inside.port}/a?sig=hidden` }));
      expect(error).toMatchObject({ code: 'DOWNLOAD_FAILED', retryable: false, task });
      const shown = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
      expect(shown).toContain(`:${inside.port}`);
      expect(shown).not.toMatch(/hidden|CaNaRy/);
    }
    expect(inside.requests).toEqual([]);
  });

  it('is not fetched from this machine when the route of a public provider leads there', async () => {
    const inside = await serve(always(200, {}, 'secrets'));
    const urls: string[] = [];
    const client = createClient(infinityBlue({ apiKey: canary }), {
      allowHttp: true,
      fetch: async (url) => {
        urls.push(url);
        return new Response(null, { status: 302, headers: { location: `${inside.origin}/?echo=${canary}` } });
      },
    });
    const error = await reasonOf(client.content(task));
    expect(error).toMatchObject({ code: 'DOWNLOAD_FAILED', message: expect.stringContaining('may not leave https') });
    expect(urls).toHaveLength(1);
    expect(inside.requests).toEqual([]);
  });

  it('is fetched from the hosts in allowHosts only, and those of a client made from another', async () => {
    const urls: string[] = [];
    const fetch = async (url: string) => {
      urls.push(url);
      return new Response('bytes');
    };
    const client = createClient(infinityBlue({ apiKey: canary }), { fetch, allowHosts: ['cdn.test'] });
    await client.content(task, { url: 'https://cdn.test/a' });
    await client.with({ allowHosts: ['*.other.test'] }).content(task, { url: 'https://a.other.test/a' });
    for (const elsewhere of [client.content(task, { url: 'https://a.other.test/a' })]) {
      expect(await reasonOf(elsewhere)).toMatchObject({
        code: 'DOWNLOAD_FAILED',
        message: 'the video is not opened at https://a.other.test: allowHosts does not name it',
      });
    }
    expect(urls).toEqual(['https://cdn.test/a', 'https://a.other.test/a']);
  });

  it('waits for no other request, but at the route of the provider', async () => {
    const hung = gate<void>();
    const api = await serve(() => hung.open());
    const cdn = await serve(always(200, {}, 'bytes'));
    const client = clientAt(api.origin, { budget: createBudget({ concurrency: 1 }) });
    const controller = new AbortController();
    const first = reasonOf(client.content(task, { signal: controller.signal }));
    await hung.opened;
    const second = reasonOf(client.content(task, { signal: controller.signal }));
    expect(await textOf(await client.content(task, { url: cdn.origin }))).toBe('bytes');
    expect(api.requests).toHaveLength(1);
    controller.abort('enough');
    expect([await first, await second]).toEqual(['enough', 'enough']);
  });

  it('has its headers within requestTimeoutMs, and its body whenever it comes', async () => {
    const clock = createClock();
    const sim = createSimulator({ scheduler: clock, faults: () => ({ kind: 'hang' }) });
    const hanging = () => new Promise<Response>(() => undefined);
    const options = { scheduler: clock, requestTimeoutMs: 2_000 };
    const late = { code: 'UNAVAILABLE', retryable: true, message: 'no answer came within 2000 ms', task };
    for (const outcome of [
      reasonOf(clientAt('http://localhost/infinity-blue', { ...options, fetch: sim.fetch }).content(task)),
      reasonOf(
        clientAt('http://localhost', { ...options, fetch: hanging }).content(task, { url: 'http://localhost/a' }),
      ),
    ]) {
      await clock.advance(2_000);
      expect(await outcome).toMatchObject(late);
    }
    expect(clock.pending).toBe(0);
  });
});

afterAll(async () => {
  for (const { transport } of platforms) await (transport as Partial<{ close(): Promise<void> }>).close?.();
});
