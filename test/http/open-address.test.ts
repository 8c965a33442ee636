import type { LookupFunction } from 'node:net';
import { inspect } from 'node:util';
import { lastValueFrom, NEVER, type Observable, of, throwError } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import { fetchTransport } from '../../src/http/fetch-transport.js';
import { nodeTransport } from '../../src/http/node-transport.js';
import { openAddress } from '../../src/http/open-address.js';
import type { OpenedResponse, SentRequest, Transport } from '../../src/http/transport.js';
import { gate } from './gate.js';
import { platforms } from './platforms.js';
import { always, hungUp, serve } from './server.js';

const publicApi = 'https://api.cometapi.com';
const statuses = [301, 302, 303, 307, 308];
const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it did not reject'),
    (error) => error,
  );
const textOf = ({ body }: OpenedResponse) => new Response(body).text();

/** Names lead to this machine, as a stranger's can. */
const toLoopback: LookupFunction = (_host, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);

const misled = nodeTransport({ env: {}, lookup: toLoopback });
afterAll(() => misled.close());

/** A transport that answers some addresses with a redirect, and sends the others on. */
function redirecting(
  locations: Readonly<Record<string, string>>,
  beyond: Transport,
): Transport & { seen: SentRequest[] } {
  const seen: SentRequest[] = [];
  const open = (request: SentRequest): Observable<OpenedResponse> => {
    seen.push(request);
    const location = locations[request.url];
    if (location === undefined) return beyond.open(request);
    const header = (name: string) => (name === 'location' ? location : null);
    return of({ status: 302, url: '', header, body: new ReadableStream() });
  };
  return Object.assign(() => NEVER, { open, seen });
}

describe.each(platforms)('the address of a video over $name', ({ transport }) => {
  it('is opened with nothing but what it takes to get the bytes', async () => {
    const server = await serve(always(206, { etag: '"1"' }, 'bytes'));
    const headers = {
      range: 'bytes=0-4',
      'if-range': '"1"',
      authorization: 'Bearer x',
      'x-api-key': 'x',
      cookie: 'a=b',
    };
    const opened = openAddress(transport, server.origin)(`${server.origin}/a.mp4?sig=1#fragment`, headers);
    const response = await lastValueFrom(opened);
    expect([response.status, response.header('etag'), await textOf(response)]).toEqual([206, '"1"', 'bytes']);
    expect(server.requests).toHaveLength(1);
    const [{ url, headers: sent } = expect.fail('no request')] = server.requests;
    expect(url).toBe('/a.mp4?sig=1');
    expect(sent).toMatchObject({ range: 'bytes=0-4', 'if-range': '"1"' });
    // Platforms say it once more for a range.
    expect(sent['accept-encoding']).toMatch(/^identity(, identity)?$/);
    for (const name of ['authorization', 'x-api-key', 'cookie', 'referer']) expect(sent).not.toHaveProperty(name);
  });

  it.each(statuses)('is followed through %d, to other origins too, with the same headers', async (status) => {
    const last = await serve(always(200, {}, 'bytes'));
    const first = await serve(always(status, { location: `${last.origin}/b.mp4` }, 'a page'));
    const opened = openAddress(transport, first.origin)(`${first.origin}/a.mp4`, { range: 'bytes=0-' });
    expect(await textOf(await lastValueFrom(opened))).toBe('bytes');
    expect(last.requests.map(({ method, headers }) => [method, headers['range']])).toEqual([['GET', 'bytes=0-']]);
  });

  it('is given up after five redirects, in a loop or in a chain', async () => {
    const loop = await serve(always(302, { location: '/a' }));
    const chain = await serve((request, response) => {
      response.writeHead(302, { location: `/${Number(request.url?.slice(1) || 0) + 1}` }).end();
    });
    for (const server of [loop, chain]) {
      await expect(lastValueFrom(openAddress(transport, server.origin)(`${server.origin}/0`))).rejects.toMatchObject({
        code: 'BAD_RESPONSE',
        retryable: false,
        message: 'the video redirects more than 5 times',
      });
      expect(server.requests).toHaveLength(6);
    }
  });

  it('hangs up when nobody waits for it', async () => {
    const closed = gate<void>();
    const asked = gate<void>();
    const server = await serve((_request, response) => {
      hungUp(response).then(closed.open);
      asked.open();
    });
    const subscription = openAddress(transport, server.origin)(server.origin).subscribe();
    await asked.opened;
    subscription.unsubscribe();
    await closed.opened;
  });

  it('is UNAVAILABLE, retryable, where nobody listens', async () => {
    const error = await reasonOf(
      lastValueFrom(openAddress(transport, 'http://127.0.0.1')('http://127.0.0.1:1/a?sig=1')),
    );
    expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('sig=1');
  });
});

/** How a stranger may spell the address of a server on this machine, or of any that is not the public internet. */
const inward = (port: number): readonly string[] => [
  `http://127.0.0.1:${port}/`,
  `http://2130706433:${port}/`,
  `http://0x7f.1:${port}/`,
  `http://localhost:${port}/`,
  `http://sub.localhost:${port}/`,
  `http://[::1]:${port}/`,
  `http://[::ffff:127.0.0.1]:${port}/`,
  `http://[64:ff9b::127.0.0.1]:${port}/`,
  `http://0.0.0.0:${port}/`,
  `http://user@127.0.0.1:${port}/`,
  'http://169.254.169.254/latest/meta-data',
  'https://169.254.169.254/latest/meta-data',
  'file:///etc/passwd',
  'data:video/mp4;base64,AAAA',
  'blob:https://cdn.test/1',
  'ftp://cdn.test/a.mp4',
];

describe('a canary on loopback', () => {
  it('hears nothing when the provider is public, whichever transport and spelling', async () => {
    const canary = await serve(always(200, {}, 'secrets'));
    for (const transport of [...platforms.map(({ transport }) => transport), misled]) {
      for (const address of inward(canary.port)) {
        for (const rules of [{}, { allowHttp: true }]) {
          const error = await reasonOf(
            lastValueFrom(openAddress(transport, publicApi, rules)(`${address}?sig=hidden`)),
          );
          expect(error, address).toMatchObject({ code: 'DOWNLOAD_FAILED', retryable: false });
          expect(String(error)).toMatch(/the video is not opened at [a-z]+:\/\/\S*: /);
          expect(String(error)).not.toContain('hidden');
        }
      }
    }
    expect(canary.requests).toEqual([]);
  });

  it('hears nothing of a redirect to it', async () => {
    const canary = await serve(always(200, {}, 'secrets'));
    for (const { transport } of platforms) {
      for (const address of inward(canary.port)) {
        const hop = redirecting(
          { 'https://cdn.test/a': 'https://cdn.test/b', 'https://cdn.test/b': address },
          transport,
        );
        const opened = openAddress(hop, publicApi, { allowHttp: true })('https://cdn.test/a');
        await expect(lastValueFrom(opened), address).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
        expect(hop.seen.map(({ url }) => url)).toEqual(['https://cdn.test/a', 'https://cdn.test/b']);
      }
    }
    expect(canary.requests).toEqual([]);
  });

  it('hears nothing of a name that leads to it, where the transport sees that', async () => {
    const canary = await serve(always(200, {}, 'secrets'));
    const rules = { allowHttp: true, allowHosts: [`cdn.test:${canary.port}`] };
    const address = `http://cdn.test:${canary.port}/a?sig=hidden`;
    const hop = redirecting({ 'http://first.test/': address }, misled);
    const free = { ...rules, allowHosts: [...rules.allowHosts, 'first.test'] };
    for (const opened of [
      openAddress(misled, publicApi, rules)(address),
      openAddress(hop, publicApi, free)('http://first.test/'),
    ]) {
      const error = await reasonOf(lastValueFrom(opened));
      expect(error).toMatchObject({
        code: 'DOWNLOAD_FAILED',
        retryable: false,
        message: `the video is not opened at http://cdn.test:${canary.port}: its name leads to an address that is loopback`,
      });
    }
    expect(canary.requests).toEqual([]);
  });

  it('is left in peace by a name that has led elsewhere before', async () => {
    const home = await serve(always(200, {}, 'bytes'));
    const answers = ['127.0.0.1', '10.0.0.1'];
    const transport = nodeTransport({
      env: {},
      lookup: (_host, _options, callback) => callback(null, [{ address: answers.shift() ?? '', family: 4 }]),
    });
    const open = openAddress(transport, home.origin, { allowHosts: [`cdn.test:${home.port}`] });
    const address = `http://cdn.test:${home.port}/`;
    expect(await textOf(await lastValueFrom(open(address)))).toBe('bytes');
    await expect(lastValueFrom(open(address))).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('private'),
    });
    expect(home.requests).toHaveLength(1);
    await transport.close();
  });

  it('is heard when the provider is on loopback itself', async () => {
    const server = await serve(always(200, {}, 'bytes'));
    const open = openAddress(fetchTransport(), 'http://localhost:4010/cometapi');
    expect(await textOf(await lastValueFrom(open(server.origin)))).toBe('bytes');
  });
});

describe('a redirect of a video', () => {
  const through = (location: string, beyond: Partial<OpenedResponse> = {}) => {
    const last = { status: 200, url: '', header: () => null, body: new ReadableStream(), ...beyond } as OpenedResponse;
    const transport = redirecting(
      { 'https://cdn.test/a': location },
      Object.assign(() => NEVER, { open: () => of(last) }),
    );
    const opened = openAddress(transport, publicApi, { allowHttp: true })('https://cdn.test/a');
    return { opened: lastValueFrom(opened), urls: () => transport.seen.map(({ url }) => url) };
  };

  it.each([
    ['/b', 'https://cdn.test/b'],
    ['//other.test/b', 'https://other.test/b'],
    ['\\\\other.test\\b', 'https://other.test/b'],
    ['https://other.test/b#fragment', 'https://other.test/b'],
  ])('to %j is to %s', async (location, target) => {
    const { opened, urls } = through(location);
    expect((await opened).status).toBe(200);
    expect(urls()[1]).toBe(target);
  });

  it('may not leave https, even where http is allowed', async () => {
    await expect(through('http://cdn.test/b').opened).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: 'the video is not opened at http://cdn.test: a redirect may not leave https',
    });
  });

  it.each(['', 'https://', 'https://a b/', 'http://[::1'])('to %j leads nowhere', async (location) => {
    await expect(through(location).opened).rejects.toMatchObject({
      code: 'BAD_RESPONSE',
      message: expect.stringContaining('nowhere'),
    });
  });

  it('that the platform hides, or follows by itself, is BAD_RESPONSE', async () => {
    const hidden = { status: 0, url: '', headers: new Headers(), body: new ReadableStream() } as unknown as Response;
    const hiding = fetchTransport({ fetch: async () => hidden });
    const following = through('/b', { url: 'https://elsewhere.test/b?sig=1' }).opened;
    for (const opened of [lastValueFrom(openAddress(hiding, publicApi)('https://cdn.test/a')), following]) {
      const error = await reasonOf(opened);
      expect(error).toMatchObject({ code: 'BAD_RESPONSE', retryable: false });
      expect(String(error)).not.toContain('sig=1');
    }
  });

  it('lets go of the body that nobody reads', async () => {
    let cancelled = 0;
    const body = () => new ReadableStream({ cancel: () => void cancelled++ });
    const open = ({ url }: SentRequest) =>
      of({ status: url.endsWith('/a') ? 302 : 200, url: '', header: () => '/b', body: body() } as OpenedResponse);
    await lastValueFrom(
      openAddress(
        Object.assign(() => NEVER, { open }),
        publicApi,
      )('https://cdn.test/a'),
    );
    expect(cancelled).toBe(1);
  });
});

it('what is no address is DOWNLOAD_FAILED, and shows nothing of it', async () => {
  const open = () => throwError(() => new Error('it was sent'));
  for (const address of ['', 'not an address?sig=1', 'https://', '/relative']) {
    const opened = openAddress(
      Object.assign(() => NEVER, { open }),
      publicApi,
    )(address);
    await expect(lastValueFrom(opened)).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: 'the video has no address that can be opened',
    });
  }
});
