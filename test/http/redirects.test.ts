import { catchError, lastValueFrom, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { exchange } from '../../src/http/exchange.js';
import { redirected, wasFollowed } from '../../src/http/redirects.js';
import { platforms } from './platforms.js';
import { answer, canary, cancel, create, providerAt, read, sent } from './requests.js';
import { always, serve } from './server.js';

const statuses = [301, 302, 303, 307, 308];

describe('redirected', () => {
  const from = (location: string | undefined, status = 302) =>
    redirected(
      sent('https://api.test:8443/v1/videos/1?a=b'),
      answer(status, location === undefined ? {} : { location }),
      3,
    );

  it.each([
    ['/v2/videos/1', 'https://api.test:8443/v2/videos/1'],
    ['2', 'https://api.test:8443/v1/videos/2'],
    ['?c=d', 'https://api.test:8443/v1/videos/1?c=d'],
    ['https://API.test:8443/x#fragment', 'https://api.test:8443/x'],
    ['https://user:pass@api.test:8443/x', 'https://api.test:8443/x'],
    ['//api.test:8443/x', 'https://api.test:8443/x'],
    ['/\u00e4', 'https://api.test:8443/%C3%A4'],
  ])('follows %j to %s', (location, url) => {
    expect(from(location)?.url).toBe(url);
  });

  it.each([
    ['https://api.test/x', 'https://api.test'],
    ['https://api.test:8444/x', 'https://api.test:8444'],
    ['http://api.test:8443/x', 'http://api.test:8443'],
    ['https://sub.api.test:8443/x', 'https://sub.api.test:8443'],
    ['https://api.test.evil.test:8443/x', 'https://api.test.evil.test:8443'],
    ['https://api.test:8443@evil.test/x?token=1', 'https://evil.test'],
    ['//evil.test/x', 'https://evil.test'],
    ['\\\\evil.test/x', 'https://evil.test'],
    ['/\\evil.test/x', 'https://evil.test'],
    ['\t//evil.test', 'https://evil.test'],
    ['data:text/html,x', 'data://'],
    ['javascript:alert(1)', 'javascript://'],
    ['file:///etc/passwd', 'file://'],
    ['blob:https://api.test:8443/x', 'blob://'],
  ])('refuses %j, naming %s only', (location, origin) => {
    expect(() => from(location)).toThrow(
      expect.objectContaining({
        code: 'BAD_RESPONSE',
        retryable: false,
        message: `redirected to ${origin}: the base URL may be wrong`,
      }),
    );
  });

  it.each([undefined, '', 'https://', 'https://a b/', 'http://[::1'])('refuses the Location %j', (location) => {
    expect(() => from(location)).toThrow(
      expect.objectContaining({ code: 'BAD_RESPONSE', retryable: false, message: expect.stringContaining('nowhere') }),
    );
  });

  it.each([200, 204, 300, 304, 305, 306, 400, 404, 500])('takes %d for no redirect', (status) => {
    expect(from('/x', status)).toBeUndefined();
  });

  it('keeps the request as it is but for the address', () => {
    const request = sent('https://api.test/1', { headers: { 'x-a': 'b' }, maxBodyBytes: 7 });
    expect(redirected(request, answer(307, { location: '/2' }), 3)).toEqual({ ...request, url: 'https://api.test/2' });
  });

  it.each(['POST', 'DELETE'] as const)('leaves every answer to a %s as it is', (method) => {
    for (const status of statuses) {
      expect(redirected(sent('https://api.test/1', { method }), answer(status, { location: '/2' }), 3)).toBeUndefined();
    }
  });
});

describe('a transport that followed by itself', () => {
  const followed = (method: 'GET' | 'POST' | 'DELETE', url: string) => () =>
    redirected(sent('https://api.test/v1', { method }), answer(200, {}, { url }), 3);

  it('has done no harm when the address is the same, or none', () => {
    for (const method of ['GET', 'POST', 'DELETE'] as const) {
      for (const url of ['', 'https://api.test/v1', 'https://API.test:443/v1'])
        expect(followed(method, url)()).toBeUndefined();
    }
  });

  it('may move a read within its origin', () => {
    expect(followed('GET', 'https://api.test/v2')()).toBeUndefined();
  });

  it.each(['https://evil.test/v1?x=y', 'https://api.test:444/v1', 'http://api.test/v1', 'nonsense'])(
    'errors with BAD_RESPONSE when %s answers a read or a cancel',
    (url) => {
      for (const method of ['GET', 'DELETE'] as const) {
        expect(followed(method, url)).toThrow(expect.objectContaining({ code: 'BAD_RESPONSE', retryable: false }));
      }
    },
  );

  it.each(['https://evil.test/v1', 'https://api.test/v2', 'https://api.test/v1?again'])(
    'is seen to have gone on when %s answers a POST, whose answer is kept: it may name a task',
    (url) => {
      expect(followed('POST', url)()).toBeUndefined();
      expect(wasFollowed(sent('https://api.test/v1', { method: 'POST' }), answer(200, {}, { url }))).toBe(true);
    },
  );
});

describe.each(platforms)('redirects over $name', ({ transport }) => {
  it.each(statuses)('a read follows %d within its origin, key and headers with it', async (status) => {
    const server = await serve((request, response) => {
      if (request.url === '/v1/videos/task_1') response.writeHead(status, { location: '/moved' }).end('a page');
      else response.end('{"status":"queued"}');
    });
    const response = await lastValueFrom(exchange(providerAt(server.origin), transport)(read));
    expect(response).toMatchObject({ status: 200, url: `${server.origin}/moved`, text: '{"status":"queued"}' });
    expect(server.requests).toHaveLength(2);
    expect(server.requests[1]).toMatchObject({
      method: 'GET',
      headers: { authorization: `Bearer ${canary}`, 'x-api-key': canary },
    });
  });

  it.each([
    ['another port', (b: number) => `http://127.0.0.1:${b}/v1`],
    ['another host', (b: number) => `http://localhost:${b}/v1`],
    ['a subdomain', (b: number) => `http://sub.localhost:${b}/v1`],
    ['another scheme', (b: number) => `https://127.0.0.1:${b}/v1`],
    ['no scheme', (b: number) => `//127.0.0.1:${b}/v1`],
    ['backslashes', (b: number) => `\\\\127.0.0.1:${b}/v1`],
  ])('a read does not follow to %s: the key and its headers arrive nowhere else', async (_, locationAt) => {
    const other = await serve(always(200, {}, '{}'));
    for (const status of statuses) {
      const server = await serve(always(status, { location: `${locationAt(other.port)}?echo=${canary}` }));
      const error = await lastValueFrom(
        exchange(providerAt(server.origin), transport)(read).pipe(catchError((error: unknown) => of(error))),
      );
      expect(error).toMatchObject({
        code: 'BAD_RESPONSE',
        retryable: false,
        message: expect.stringMatching(new RegExp(`^redirected to https?://[a-z0-9.]+:${other.port}: the base URL`)),
      });
      expect(server.requests).toHaveLength(1);
    }
    expect(other.requests).toHaveLength(0);
  });

  it('a read ends a loop, and a chain of a hundred, after three hops', async () => {
    const loop = await serve(always(302, { location: '/v1/videos/task_1' }));
    const chain = await serve((request, response) => {
      const hop = Number(/\d+$/.exec(request.url ?? '')?.[0]);
      response.writeHead(hop < 100 ? 302 : 200, { location: `/hop/${hop + 1}` }).end('{}');
    });
    for (const server of [loop, chain]) {
      await expect(lastValueFrom(exchange(providerAt(server.origin), transport)(read))).rejects.toMatchObject({
        code: 'BAD_RESPONSE',
        retryable: false,
      });
      expect(server.requests).toHaveLength(4);
    }
  });

  it.each(statuses)('a create or a cancel answered %d is sent once, and the answer handed on', async (status) => {
    const other = await serve(always(200, {}, '{}'));
    for (const location of ['/v1/elsewhere', `${other.origin}/v1`]) {
      for (const operation of [create, cancel]) {
        const server = await serve(always(status, { location }));
        const response = await lastValueFrom(exchange(providerAt(server.origin), transport)(operation));
        expect(response.status).toBe(status);
        expect(new URL(response.header('location') ?? '', server.origin).href).toBe(
          new URL(location, server.origin).href,
        );
        expect(server.requests).toHaveLength(1);
      }
    }
    expect(other.requests).toHaveLength(0);
  });
});
