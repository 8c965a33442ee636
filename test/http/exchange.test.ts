import { inspect } from 'node:util';
import { catchError, lastValueFrom, NEVER, Observable, of, throwError, timer } from 'rxjs';
import { map } from 'rxjs/operators';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { isRushesError, RushesError } from '../../src/errors.js';
import { exchange, exchangeDefaults } from '../../src/http/exchange.js';
import { fetchTransport } from '../../src/http/fetch-transport.js';
import { openContent } from '../../src/http/open-content.js';
import type { OpenedResponse, SentRequest, Transport } from '../../src/http/transport.js';
import type { HttpResponse } from '../../src/providers/provider.js';
import { platforms } from './platforms.js';
import { answer, canary, create, providerAt, read, sent, task } from './requests.js';
import { nobody, serve } from './server.js';

const origin = 'https://api.test';

function scripted(
  script: (request: SentRequest) => Observable<HttpResponse>,
): Transport & { readonly seen: SentRequest[] } {
  const seen: SentRequest[] = [];
  const transport = (request: SentRequest) => {
    seen.push(request);
    return script(request);
  };
  return Object.assign(transport, { seen, open: () => NEVER });
}

const failure = (answer: Observable<unknown>) => lastValueFrom(answer.pipe(catchError((error: unknown) => of(error))));

describe('exchange', () => {
  it('adds the key, the cap and no-cache, and answers synchronously when the key is a string', () => {
    const transport = scripted(() => of(answer(200, { 'x-a': 'b' }, { text: '{}' })));
    let seen: HttpResponse | undefined;
    exchange(
      providerAt(origin),
      transport,
    )(read).subscribe((response) => {
      seen = response;
    });
    expect(seen).toMatchObject({ status: 200, url: '', text: '{}' });
    expect([seen?.header('x-a'), seen?.header('x-b')]).toEqual(['b', null]);
    expect(transport.seen).toEqual([
      sent(`${origin}/v1/videos/task_1`, {
        template: '/videos/{id}',
        headers: { authorization: `Bearer ${canary}`, 'cache-control': 'no-cache', 'x-api-key': canary },
        maxBodyBytes: exchangeDefaults.maxBodyBytes,
      }),
    ]);
  });

  it('runs in virtual time, and unsubscribing ends the request', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ cold, expectObservable, expectSubscriptions }) => {
        const reply = cold<HttpResponse>('----a|', { a: answer(200, {}, { text: 'queued' }) });
        const ask = exchange(
          providerAt(origin),
          scripted(() => reply),
        );
        const text$ = ask(read).pipe(map(({ text }) => text));
        expectObservable(text$).toBe('               ----(q|)', { q: 'queued' });
        expectObservable(text$, '                 --!').toBe('---', {});
        expectSubscriptions(reply.subscriptions).toBe(['^---!', '^-!']);
      },
    );
  });

  it('asks for the key at each subscription, and sends nothing when it is left before the key is there', async () => {
    const keys = ['sk-first', 'sk-second'];
    const transport = scripted(() => of(answer(200, {}, { text: 'sk-first sk-second' })));
    const ask = exchange(providerAt(origin, { key: async () => keys.shift() ?? 'sk-none' }), transport);
    expect((await lastValueFrom(ask(read))).text).toBe('[redacted] sk-second');
    expect((await lastValueFrom(ask(read))).text).toBe('sk-first [redacted]');
    expect(transport.seen.map(({ headers }) => headers['authorization'])).toEqual([
      'Bearer sk-first',
      'Bearer sk-second',
    ]);
    ask(read).subscribe().unsubscribe();
    await new Promise((resolve) => setImmediate(resolve));
    expect(transport.seen).toHaveLength(2);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('vault sealed, Bearer abc');
      },
    ],
    ['rejects', () => Promise.reject(new Error('vault sealed, Bearer abc'))],
  ])('errors with UNAUTHORIZED, retryable, when the key function %s', async (_, key) => {
    const transport = scripted(() => of(answer(200)));
    const error = await failure(exchange(providerAt(origin, { key }), transport)(read));
    expect(error).toMatchObject({
      code: 'UNAUTHORIZED',
      retryable: true,
      message: 'the key could not be obtained: vault sealed, Bearer [redacted]',
    });
    expect(transport.seen).toEqual([]);
  });

  it('hands on an INVALID_ARGUMENT of the key, synchronous or not, and of the wording', async () => {
    const invalid = new RushesError('INVALID_ARGUMENT', 'apiKey: expected a key');
    const refuse = () => {
      throw invalid;
    };
    for (const more of [{ key: refuse }, { key: () => Promise.reject(invalid) }, { ask: refuse }]) {
      expect(
        await failure(
          exchange(
            providerAt(origin, more),
            scripted(() => NEVER),
          )(read),
        ),
      ).toBe(invalid);
    }
  });

  it.each(['sk-a\nb', 'sk-a b', 'sk-\u00e4', 'sk-\u{1f511}', '', ' sk-a', 'sk-a\0'])(
    'refuses the key %j and does not show it',
    async (key) => {
      for (const given of [() => key, async () => key]) {
        const transport = scripted(() => of(answer(200)));
        const error = await failure(exchange(providerAt(origin, { key: given }), transport)(read));
        expect(error).toMatchObject({
          code: 'INVALID_ARGUMENT',
          message: 'apiKey: expected visible ASCII characters only',
        });
        expect(transport.seen).toEqual([]);
      }
    },
  );

  it.each([
    'https://evil.test/v1',
    'https://api.test:444/v1',
    'http://api.test/v1',
    'https://api.test.evil.test/',
    'https://api.test@evil.test/',
    'nonsense',
  ])('sends no key to %s', async (url) => {
    const transport = scripted(() => of(answer(200)));
    const ask = exchange(providerAt(origin, { ask: () => sent(url) }), transport);
    expect(await failure(ask(read))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(transport.seen).toEqual([]);
  });

  it('takes an address of the same origin however it is written', async () => {
    const ask = exchange(
      providerAt(origin, { ask: () => sent('HTTPS://API.test:443/v1') }),
      scripted(() => of(answer(200))),
    );
    expect(await failure(ask(read))).toMatchObject({ status: 200 });
  });

  it('takes only the first answer of a transport that gives several, and errors when there is none', async () => {
    const many = scripted(() => of(answer(200), answer(500)));
    expect(await failure(exchange(providerAt(origin), many)(read))).toMatchObject({ status: 200 });
    const none = scripted(() => new Observable((subscriber) => subscriber.complete()));
    expect(await failure(exchange(providerAt(origin), none)(read))).toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
    });
  });

  it('follows redirects of a scripted transport without time', () => {
    const transport = scripted(({ url }) =>
      timer(10).pipe(
        map(() => (url.endsWith('2') ? answer(200, {}, { text: 'here' }) : answer(302, { location: '/2' }))),
      ),
    );
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ expectObservable }) => {
      const text$ = exchange(providerAt(origin), transport)(read).pipe(map(({ text }) => text));
      expectObservable(text$).toBe('20ms (h|)', { h: 'here' });
    });
    expect(transport.seen.map(({ url }) => url)).toEqual([`${origin}/v1/videos/task_1`, `${origin}/2`]);
  });

  it.each([
    ['an error', () => throwError(() => new TypeError(`invalid header Bearer ${canary}`))],
    [
      'a synchronous throw',
      () => {
        throw new TypeError(`invalid header Bearer ${canary}`);
      },
    ],
    ['a string', () => throwError(() => `invalid header Bearer ${canary}`)],
  ])('makes UNAVAILABLE, retryable, of %s that is foreign', async (_, script) => {
    const error = await failure(exchange(providerAt(origin), scripted(script))(read));
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      message: expect.stringMatching(/^the request could not be completed: invalid header Bearer \[redacted\]/),
    });
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(canary);
  });

  it('hands on errors of this library with their code, and without the key', async () => {
    const task = { provider: 'test', id: 'task_1' };
    const given = new RushesError('RATE_LIMITED', `slow down, ${canary}`, {
      task,
      retryable: true,
      cause: new Error(canary),
    });
    const error = await failure(
      exchange(
        providerAt(origin),
        scripted(() => throwError(() => given)),
      )(read),
    );
    expect(error).toMatchObject({ code: 'RATE_LIMITED', message: 'slow down, [redacted]', task, retryable: true });
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(canary);
  });

  it('keeps the word of the system for why, wherever the platform put it', async () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    for (const foreign of [refused, new TypeError('fetch failed', { cause: refused })]) {
      const error = await failure(
        exchange(
          providerAt(origin),
          scripted(() => throwError(() => foreign)),
        )(create),
      );
      expect(isRushesError(error) && error.cause).toMatchObject({ code: 'ECONNREFUSED' });
      expect(isRushesError(error) && error.message).toMatch(/\(ECONNREFUSED\)$/);
    }
  });

  it.each([0, -1, Number.NaN])('refuses maxBodyBytes %d', (maxBodyBytes) => {
    expect(() =>
      exchange(
        providerAt(origin),
        scripted(() => NEVER),
        { maxBodyBytes },
      ),
    ).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('maxBodyBytes') }));
  });

  it('shows no key when it is inspected', () => {
    const made = {
      ask: exchange(providerAt(origin), fetchTransport()),
      content: openContent(providerAt(origin), fetchTransport()),
    };
    made.ask(read);
    expect(inspect(made, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(canary);
  });
});

describe('openContent', () => {
  const opening = (answered: Partial<OpenedResponse>) => {
    const seen: SentRequest[] = [];
    let cancelled = 0;
    const body = new ReadableStream<Uint8Array>({ cancel: () => void cancelled++ });
    const transport = Object.assign(() => NEVER, {
      open: (request: SentRequest) => {
        seen.push(request);
        return of<OpenedResponse>({ status: 200, url: '', header: () => canary, body, ...answered });
      },
    });
    return { seen, body, cancelled: () => cancelled, content: openContent(providerAt(origin), transport) };
  };

  it('opens the route of the bytes with the key and the given headers', async () => {
    const { content, seen, body } = opening({ status: 206 });
    const opened = await lastValueFrom(content(task, { range: 'bytes=0-9', authorization: 'Bearer other' }));
    expect(opened).toMatchObject({ status: 206, url: '' });
    expect(opened.body).toBe(body);
    expect(opened.header('etag')).toBe('[redacted]');
    expect(seen[0]).toMatchObject({
      method: 'GET',
      url: `${origin}/v1/videos/task_1/content`,
      headers: { range: 'bytes=0-9', authorization: `Bearer ${canary}` },
    });
  });

  it('hands on a redirect, and follows none', async () => {
    const { content, seen } = opening({ status: 302, header: () => 'https://cdn.test/v.mp4' });
    const opened = await lastValueFrom(content(task));
    expect([opened.status, opened.header('location')]).toEqual([302, 'https://cdn.test/v.mp4']);
    expect(seen).toHaveLength(1);
  });

  it('cancels a body that came from elsewhere', async () => {
    const { content, cancelled } = opening({ url: 'https://cdn.test/v.mp4' });
    expect(await failure(content(task))).toMatchObject({ code: 'BAD_RESPONSE', retryable: false });
    expect(cancelled()).toBe(1);
  });

  it('makes UNAVAILABLE of what is foreign', async () => {
    const transport = Object.assign(() => NEVER, { open: () => throwError(() => new TypeError(canary)) });
    expect(await failure(openContent(providerAt(origin), transport)(task))).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'the request could not be completed: [redacted]',
    });
  });
});

describe.each(platforms)('the key over $name', ({ transport }) => {
  const forms = [canary, encodeURIComponent(canary), btoa(canary), btoa(`user:${canary}`), canary.toLowerCase()];
  const shown = async (thing: unknown) =>
    [
      inspect(thing, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
      JSON.stringify(thing),
      String(thing),
      ...(thing instanceof Error
        ? [thing.message, String(thing.stack), inspect(thing.cause), JSON.stringify(thing.cause)]
        : []),
    ].join('\n');

  it('is in no answer, though the server echoes every header in its body, headers and address', async () => {
    const server = await serve((request, response) => {
      const echo = [JSON.stringify(request.headers), ...forms, JSON.stringify(JSON.stringify(request.headers))].join(
        '\n',
      );
      const [, kind = ''] = /kind=(\w+)/.exec(request.url ?? '') ?? [];
      const location = `http://${canary}.test/${encodeURIComponent(canary)}?key=${canary}`;
      response.setHeader('x-echo', forms.join(' '));
      if (kind === 'elsewhere') response.writeHead(302, { location }).end(echo);
      else if (kind === 'here' || !kind) response.writeHead(302, { location: `/v1?kind=json&key=${canary}` }).end(echo);
      else if (kind === 'torn')
        response.writeHead(200, { 'transfer-encoding': 'chunked' }).write(echo, () => response.destroy());
      else response.writeHead(kind === 'html' ? 500 : 200).end(kind === 'html' ? `<p>${echo}</p>` : echo);
    });
    for (const kind of ['json', 'html', 'elsewhere', 'here', 'torn']) {
      const provider = providerAt(server.origin, {
        ask: () => sent(`${server.origin}/v1?kind=${kind}`, { headers: { 'x-api-key': canary } }),
      });
      const result = await failure(exchange(provider, transport)(read));
      const heard = isRushesError(result) ? '' : (result as HttpResponse).header('x-echo');
      const text = `${await shown(result)}\n${heard}`;
      for (const form of forms) expect(text).not.toContain(form);
    }
  });

  it('is in no error when the connection is refused, and the error says why', async () => {
    const error = await failure(exchange(providerAt(await nobody()), transport)(read));
    expect(isRushesError(error) && error.cause).toMatchObject({ code: 'ECONNREFUSED' });
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      message: expect.stringMatching(/request could not/),
    });
    expect(await shown(error)).not.toContain(canary);
  });
});
