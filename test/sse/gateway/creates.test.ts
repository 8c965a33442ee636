import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NEVER, type Observable, throwError } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type CancelOutcome,
  type Client,
  type CreateInput,
  cometapi,
  createClient,
  type Ledger,
  RushesError,
  type Snapshot,
  type TaskRef,
  type Transport,
} from '../../../src/index.js';
import { openLedger, toNodeListener } from '../../../src/node.js';
import { type Gateway, type GatewayOptions, gateway, remote } from '../../../src/sse/index.js';
import { writeCreate } from '../../../src/sse/wire/create-body.js';
import { type Simulation, simulate } from '../../../src/testing/index.js';
import { at, snapshotOf, stage, taskUrl } from './stage.js';

const input = { model: 'doubao-seedance-2-0', prompt: 'a paper boat' };
const headers = { 'content-type': 'application/json', 'idempotency-key': 'key-1', 'x-user': 'alice' };
const post = (over: Record<string, string | undefined> = {}, body = JSON.stringify(input)) => {
  const all = Object.entries({ ...headers, ...over }).filter(([, value]) => value !== undefined);
  return new Request(at('/tasks'), {
    method: 'POST',
    headers: Object.fromEntries(all) as Record<string, string>,
    body,
  });
};
const principal = (request: Request) => request.headers.get('x-user') ?? '';

/** A gateway whose client creates as `make` says. */
function shop(make: (input: CreateInput, nth: number) => Promise<Snapshot>, options: object = {}) {
  const made: { input: CreateInput; key: string | undefined; provider: string | undefined }[] = [];
  const set = stage(
    { authorizeCreate: () => true, principal, ...options },
    {
      create: (input, { idempotencyKey, provider } = {}) => {
        made.push({ input, key: idempotencyKey, provider });
        return make(input, made.length);
      },
    },
  );
  return { ...set, made };
}

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Connections that break when the request has been sent. */
function cutOff(onSent: () => void = () => undefined): Transport {
  const send = (): Observable<never> => {
    onSent();
    return throwError(() => new Error('cut off'));
  };
  return Object.assign(send, { open: send });
}

const task = (nth: number) => snapshotOf('queued', { task: { provider: 'cometapi', id: `task_${nth}` } });
const inOrder = async (_: CreateInput, nth: number) => task(nth);

describe('creating through a gateway', () => {
  it('is not there unless it is switched on', async () => {
    expect((await stage().handle(post())).status).toBe(404);
  });

  it('answers with the task, where it is and how it stands', async () => {
    const { handle, made } = shop(async () => snapshotOf('queued', { raw: 'secret' }), { basePath: '' });
    const response = await handle(post());
    expect([response.status, response.headers.get('location'), await response.json()]).toEqual([
      201,
      '/tasks/cometapi/task_1',
      snapshotOf('queued'),
    ]);
    expect(made).toEqual([{ input, key: expect.stringMatching(/^gateway-[0-9a-f]{64}$/), provider: undefined }]);
  });

  it('lets the application judge the input, its image and its provider', async () => {
    const judged: unknown[] = [];
    const authorizeCreate = (_: Request, ...asked: unknown[]) => judged.push(asked) > 0;
    const { handle, made } = shop(inOrder, { authorizeCreate, extraFields: ['image'] });
    const image = new Blob([new Uint8Array([0, 255, 128])], { type: 'image/png' });
    const full = {
      ...input,
      seconds: 5,
      extra: { image: `data:image/png;base64,${'A'.repeat(9_000)}` },
      inputReference: image,
    };
    expect((await handle(post({}, await writeCreate(full, 'cometapi')))).status).toBe(201);
    const [asked, provider] = judged[0] as [CreateInput, string];
    expect(provider).toBe('cometapi');
    expect(asked).toEqual(full);
    expect(asked.inputReference?.type).toBe('image/png');
    expect(new Uint8Array((await asked.inputReference?.arrayBuffer()) ?? [])).toEqual(new Uint8Array([0, 255, 128]));
    expect(made[0]?.provider).toBe('cometapi');
  });

  it('refuses a field of extra that is not let through, before anybody is asked', async () => {
    const asked: unknown[] = [];
    const authorizeCreate = (_: Request, input: CreateInput) => asked.push(input.extra) > 0;
    const create = { authorizeCreate, extraFields: ['watermark'] };
    const body = (extra: object) => JSON.stringify({ ...input, extra });
    for (const options of [{ authorizeCreate }, create]) {
      const { handle, made } = shop(inOrder, options);
      const response = await handle(post({}, body({ watermark: false, quality: '4k' })));
      expect([response.status, (await response.json()).code, made]).toEqual([400, 'INVALID_ARGUMENT', []]);
    }
    expect(asked).toEqual([]);
    expect((await shop(inOrder, create).handle(post({}, body({ watermark: false })))).status).toBe(201);
    expect(asked).toEqual([{ watermark: false }]);
  });

  it.each([
    ['false', () => false],
    ['a throw', () => Promise.reject(new Error('no budget'))],
    ['what is merely true-ish', () => 1],
  ])('is denied by %s, and nothing is made', async (_, authorizeCreate) => {
    const { handle, made } = shop(inOrder, { authorizeCreate });
    expect((await handle(post())).status).toBe(403);
    expect(made).toEqual([]);
  });

  it.each([
    ['no key', { 'idempotency-key': undefined }, undefined, 400],
    ['a key with a space', { 'idempotency-key': 'a b' }, undefined, 400],
    ['a key that is too long', { 'idempotency-key': 'x'.repeat(201) }, undefined, 400],
    ['no JSON', {}, '{', 400],
    ['a list', {}, '[]', 400],
    ['nothing', {}, '', 400],
    ['a prototype', {}, '{"model":"m","prompt":"p","extra":{"__proto__":{"x":1}}}', 400],
    ['too much depth', {}, `{"extra":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 400],
    ['too many values', {}, `{"extra":[${'1,'.repeat(20_001)}1]}`, 400],
    ['a provider that is none', {}, '{"model":"m","prompt":"p","provider":1}', 400],
    ['an image that is none', {}, '{"model":"m","prompt":"p","inputReference":"https://x.test/a.png"}', 400],
    ['a page as image', {}, '{"model":"m","prompt":"p","inputReference":"data:text/html,<b>"}', 400],
    ['too many bytes', {}, JSON.stringify({ prompt: 'x'.repeat(2_000) }), 413],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, undefined, 415],
    ['plain text', { 'content-type': 'text/plain' }, undefined, 415],
    ['what only begins like JSON', { 'content-type': 'application/jsonp' }, undefined, 415],
    ['a form of another page', { 'content-type': 'text/plain', origin: 'https://evil.test' }, undefined, 403],
    ['JSON of another page', { origin: 'https://evil.test' }, undefined, 403],
    ['JSON of a page that hides its name', { origin: 'null' }, undefined, 403],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }, undefined, 403],
    ['a page of a sister site', { 'sec-fetch-site': 'same-site' }, undefined, 403],
    ['a page that nobody opened', { 'sec-fetch-site': 'none' }, undefined, 403],
  ])('refuses %s, asks nobody and makes nothing', async (_, over, body, status) => {
    let asked = 0;
    const { handle, made } = shop(inOrder, {
      authorizeCreate: () => ++asked > 0,
      maxBodyBytes: body?.length === 2_013 ? 2_000 : 1e7,
    });
    const response = await handle(post(over, body));
    expect([response.status, asked, made]).toEqual([status, 0, []]);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each([
    ['its own page', { origin: 'https://gateway.test' }, null],
    ['its own page behind a proxy', { origin: 'https://public.test', 'sec-fetch-site': 'same-origin' }, null],
    ['a configured origin', { origin: 'https://app.test', 'sec-fetch-site': 'cross-site' }, 'https://app.test'],
    ['what is no browser', {}, null],
  ])('takes %s', async (_, over, cors) => {
    const { handle, made } = shop(inOrder, { origins: ['https://app.test'] });
    const response = await handle(post(over));
    expect([response.status, made.length]).toEqual([201, 1]);
    expect(response.headers.get('access-control-allow-origin')).toBe(cors);
    expect(response.headers.get('access-control-allow-credentials')).toBe(cors && 'true');
  });

  it('answers the question that a browser asks before, for configured origins only', async () => {
    const { handle, made } = shop(inOrder, { origins: ['https://app.test'], authorizeCancel: () => true });
    const ask = (origin: string, path = '/tasks', wanted = 'content-type,idempotency-key,x-session') =>
      handle(
        new Request(at(path), {
          method: 'OPTIONS',
          headers: {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': wanted,
          },
        }),
      );
    const good = await ask('https://app.test');
    expect(good.status).toBe(204);
    expect(good.headers.get('access-control-allow-methods')).toBe('POST');
    expect(good.headers.get('access-control-allow-headers')).toBe('content-type,idempotency-key,x-session');
    expect((await ask('https://app.test', '/tasks/ark/x')).headers.get('access-control-allow-methods')).toContain(
      'DELETE',
    );
    for (const wanted of ['', 'x y', '<b>', 'a,'.repeat(33), 'x'.repeat(65)]) {
      const { headers } = await ask('https://app.test', '/tasks', wanted);
      expect(headers.get('access-control-allow-headers')).toBeNull();
    }
    const bad = await ask('https://evil.test');
    expect([bad.status, bad.headers.get('access-control-allow-origin'), made]).toEqual([405, null, []]);
  });

  it.each([
    ['INVALID_ARGUMENT', 400],
    ['UNAUTHORIZED', 502],
    ['RATE_LIMITED', 429],
    ['UNAVAILABLE', 502],
    ['UNSUPPORTED', 501],
    ['REJECTED', 422],
    ['CREATE_AMBIGUOUS', 409],
    ['LEDGER_FAILED', 500],
  ] as const)('tells %s as %i', async (code, status) => {
    const { handle } = shop(() => Promise.reject(new RushesError(code, 'because')));
    const response = await handle(post());
    expect([response.status, await response.json()]).toEqual([status, { code, message: 'because' }]);
  });
});

describe('the body of a create', () => {
  const slow = (user: string, read: string[]) => {
    const body = new ReadableStream<Uint8Array>(
      {
        pull: () => {
          read.push(user);
          return new Promise<void>(() => undefined);
        },
      },
      { highWaterMark: 0 },
    );
    const gone = new AbortController();
    const init = { method: 'POST', headers: { ...headers, 'x-user': user }, body, signal: gone.signal, duplex: 'half' };
    return { gone, request: new Request(at('/tasks'), init as RequestInit) };
  };

  it('is not read for whoever has too much open, nor for whoever cannot be told from others', async () => {
    const who = (request: Request) => {
      if (principal(request) === 'nobody') throw new Error('who?');
      return principal(request);
    };
    const limits = { connections: 2, connectionsPerPrincipal: 1 };
    const { handle, clock, made } = shop(inOrder, { principal: who, limits });
    const read: string[] = [];
    const mine = slow('alice', read);
    const first = handle(mine.request);
    await vi.waitFor(() => expect(read).toEqual(['alice']));
    const again = await handle(slow('alice', read).request);
    expect([again.status, again.headers.get('retry-after')]).toEqual([429, '10']);
    const his = handle(slow('bob', read).request);
    await vi.waitFor(() => expect(read).toEqual(['alice', 'bob']));
    expect((await handle(slow('carol', read).request)).status).toBe(503);
    const nobody = await handle(slow('nobody', read).request);
    const denied = await stage({ authorize: () => false }).handle(new Request(taskUrl()));
    expect([nobody.status, await nobody.text()]).toEqual([403, await denied.text()]);
    expect([read, made]).toEqual([['alice', 'bob'], []]);
    mine.gone.abort();
    expect((await first).status).toBe(400);
    expect((await handle(post())).status).toBe(201);
    await clock.advance(30_000);
    expect((await his).status).toBe(408);
    expect((await handle(post({ 'x-user': 'carol' }))).status).toBe(201);
  });

  it('is not waited for when the gateway closes', async () => {
    const stop = new AbortController();
    const { handle, clock, made } = shop(inOrder, { signal: stop.signal });
    const read: string[] = [];
    const asking = handle(slow('alice', read).request);
    await vi.waitFor(() => expect(read).toEqual(['alice']));
    stop.abort();
    expect([(await asking).status, made, clock.pending]).toEqual([408, [], 0]);
  });

  it('is not read at all when it is announced as too large', async () => {
    const { handle, clock } = shop(inOrder, { maxBodyBytes: 9 });
    const read: string[] = [];
    const { request } = slow('alice', read);
    request.headers.set('content-length', '10');
    expect([(await handle(request)).status, read, clock.pending]).toEqual([413, [], 0]);
  });

  it('gives its place back, whatever comes of it', async () => {
    const limits = { connections: 1 };
    const { handle } = shop(inOrder, {
      limits,
      maxBodyBytes: 1_000,
      authorizeCreate: (_: Request, { seconds }: CreateInput) => !seconds,
    });
    const statuses = [];
    for (const body of ['{', 'x'.repeat(2_000), '[]', JSON.stringify({ ...input, seconds: 5 }), undefined, undefined]) {
      statuses.push((await handle(post({}, body))).status);
    }
    expect(statuses).toEqual([400, 413, 400, 403, 201, 201]);
  });
});

describe('a key that comes again', () => {
  it('is told the same task, waits for one under way, and is one principal’s own', async () => {
    let answer: (snapshot: Snapshot) => void = () => undefined;
    const { handle, made } = shop((_, nth) =>
      nth > 1 ? inOrder(input, nth) : new Promise((resolve) => (answer = resolve)),
    );
    const gone = new AbortController();
    const first = handle(new Request(post(), { signal: gone.signal }));
    const second = handle(post({}, `{"prompt":"${input.prompt}", "model":"${input.model}"}`));
    await vi.waitFor(() => expect(made).toHaveLength(1));
    gone.abort();
    answer(task(1));
    const ids = await Promise.all(
      [first, second, handle(post())].map(async (answered) => ((await (await answered).json()) as Snapshot).task.id),
    );
    expect(ids).toEqual(['task_1', 'task_1', 'task_1']);
    const bobs = await handle(post({ 'x-user': 'bob' }));
    expect(((await bobs.json()) as Snapshot).task.id).toBe('task_2');
    expect(made.map(({ key }) => key)).toEqual([...new Set(made.map(({ key }) => key))]);
  });

  it('is refused with another input or for another provider', async () => {
    const { handle, made } = shop(inOrder);
    await handle(post());
    for (const other of [
      { ...input, prompt: 'a plane' },
      { ...input, provider: 'ark' },
    ]) {
      const response = await handle(post({}, JSON.stringify(other)));
      expect([response.status, (await response.json()).code]).toEqual([409, 'INVALID_ARGUMENT']);
    }
    expect(made).toHaveLength(1);
  });

  it('may be tried again when nothing was made, and never when something may have been', async () => {
    for (const [code, times] of [
      ['RATE_LIMITED', 3],
      ['CREATE_AMBIGUOUS', 1],
    ] as const) {
      const { handle, made } = shop(() => Promise.reject(new RushesError(code, 'because')));
      for (let i = 0; i < 3; i++) expect((await (await handle(post())).json()).code).toBe(code);
      expect(made).toHaveLength(times);
    }
  });

  it('is answered as the ledger has it, once a person has looked into what nobody knew', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rushes-gateway-'));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const ledger = await openLedger(join(folder, 'ledger'));
    closers.push(() => ledger.close());
    let sent = 0;
    const transport = cutOff(() => sent++);
    const client = createClient(cometapi({ apiKey: 'any' }), { ledger, transport });
    const handle = gateway({ client, principal, authorize: () => true, authorizeCreate: () => true });
    const ask = async (body?: string) => {
      const response = await handle(post({}, body));
      return [response.status, await response.json()] as const;
    };
    for (let i = 0; i < 2; i++) {
      const [status, { code, create }] = await ask();
      expect([status, code, create.key, sent]).toEqual([409, 'CREATE_AMBIGUOUS', expect.any(String), 1]);
    }
    const [open] = (await ledger.unfinished()).creates;
    await ledger.settle(open?.key ?? '', { ref: task(7).task });
    const [status, snapshot] = await ask();
    expect([status, snapshot.task, sent]).toEqual([201, task(7).task, 1]);
    const [reused, { code }] = await ask(JSON.stringify({ ...input, prompt: 'a steel boat' }));
    expect([reused, code, sent]).toEqual([409, 'INVALID_ARGUMENT', 1]);
  });

  it('is told from an input or a credential that is none, whoever says so and in whatever words', async () => {
    const reused = new RushesError('INVALID_ARGUMENT', 'Schlüssel schon benutzt');
    const begin = () => Promise.reject(reused);
    const ledger = { begin, note: async () => undefined, end: async () => undefined } as unknown as Ledger;
    const statusOf = async (client: Client, body?: string) => {
      const handle = gateway({ client, principal, authorize: () => true, authorizeCreate: () => true });
      const response = await handle(post({}, body));
      return [response.status, (await response.json()).code];
    };
    const transport = cutOff();
    const noted = createClient(cometapi({ apiKey: 'any' }), { ledger, transport });
    expect(await statusOf(noted)).toEqual([409, 'INVALID_ARGUMENT']);
    expect(await statusOf(noted, JSON.stringify({ ...input, prompt: '' }))).toEqual([400, 'INVALID_ARGUMENT']);
    const keyless = createClient(cometapi({ apiKey: async () => 'a\nb' }), { transport });
    expect(await statusOf(keyless)).toEqual([400, 'INVALID_ARGUMENT']);
    const worded = () => Promise.reject(new RushesError('INVALID_ARGUMENT', 'create.idempotencyKey: no'));
    expect(await statusOf(createClient({ watch: () => NEVER, create: worded }))).toEqual([400, 'INVALID_ARGUMENT']);
  });

  it('is told from those through another gateway, and by the ledger of its client', async () => {
    const upstream = shop(inOrder);
    const fetch = (url: string, init: RequestInit) => upstream.handle(new Request(url, init));
    const far = remote('https://gateway.test', {
      fetch: fetch as typeof globalThis.fetch,
      headers: { 'x-user': 'bff' },
    });
    const begin = () => Promise.reject(new RushesError('INVALID_ARGUMENT', 'used'));
    const ledger = { begin, note: async () => undefined, end: async () => undefined } as unknown as Ledger;
    const noting = remote('https://gateway.test', { fetch: fetch as typeof globalThis.fetch, ledger });
    const statusOf = async (client: Client, body: object) => {
      const handle = gateway({ client, principal, authorize: () => true, authorizeCreate: () => true });
      return (await handle(post({}, JSON.stringify(body)))).status;
    };
    // Two instances that know nothing of each other: only the gateway behind them has seen the key.
    expect(await statusOf(createClient(far), input)).toBe(201);
    expect(await statusOf(createClient(far), { ...input, prompt: 'a steel boat' })).toBe(409);
    expect(await statusOf(createClient(far), { ...input, prompt: '' })).toBe(400);
    expect(await statusOf(createClient(noting), { provider: 'cometapi', ...input })).toBe(409);
  });

  it('has the owner noted once, and again when that failed; the task is told all the same', async () => {
    const noted: string[] = [];
    const created = (request: Request, snapshot: Snapshot) => {
      noted.push(`${request.headers.get('x-user')} ${snapshot.task.id}`);
      if (noted.length === 1) throw new Error('the database is down');
    };
    const { handle, errors } = shop(inOrder, { created });
    for (let i = 0; i < 3; i++) expect((await handle(post())).status).toBe(201);
    expect(noted).toEqual(['alice task_1', 'alice task_1']);
    expect(errors).toEqual([new Error('the database is down')]);
  });
});

describe('cancelling through a gateway', () => {
  const cancel = (over: Record<string, string> = {}) =>
    new Request(taskUrl(), { method: 'DELETE', headers: { 'content-type': 'application/json', ...over } });

  it('says what it came to', async () => {
    const cancelled: string[] = [];
    const backend = {
      cancel: async ({ id }: TaskRef): Promise<CancelOutcome> => (cancelled.push(id) ? 'cancelled' : 'unsupported'),
    };
    const { handle, news } = stage({ authorizeCancel: () => true }, backend);
    news.say(snapshotOf('queued'));
    const response = await handle(cancel());
    expect([response.status, await response.json(), cancelled]).toEqual([200, { outcome: 'cancelled' }, ['task_1']]);
    news.say(snapshotOf('completed'));
    expect(await (await handle(cancel())).json()).toEqual({ outcome: 'too-late' });
    expect(cancelled).toHaveLength(1);
  });

  it('gives its place back, whatever comes of it', async () => {
    const outcomes = [new RushesError('UNSUPPORTED', 'no'), new RushesError('NOT_FOUND', 'none')];
    const set = { authorizeCancel: () => true, limits: { connections: 1 } };
    const { handle, news } = stage(set, {
      cancel: async (): Promise<CancelOutcome> => {
        const [error] = outcomes.splice(0, 1);
        if (error) throw error;
        return 'cancelled';
      },
    });
    news.say(snapshotOf('queued'));
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await handle(cancel())).status);
    expect(statuses).toEqual([501, 404, 200, 200]);
  });

  it.each([
    ['who may not see it', { authorize: () => false, authorizeCancel: () => true }, {}, 403],
    ['who may only see it', { authorizeCancel: () => false }, {}, 403],
    ['another page', { authorizeCancel: () => true }, { origin: 'https://evil.test' }, 403],
    ['a request without JSON', { authorizeCancel: () => true }, { 'content-type': 'text/plain' }, 415],
  ] as [string, Partial<GatewayOptions>, Record<string, string>, number][])(
    'is not for %s',
    async (_, options, over, status) => {
      const cancelled: unknown[] = [];
      const { handle, news } = stage(options, {
        cancel: async (task): Promise<CancelOutcome> => (cancelled.push(task) ? 'cancelled' : 'too-late'),
      });
      news.say(snapshotOf('queued'));
      expect((await handle(cancel(over))).status).toBe(status);
      expect(cancelled).toEqual([]);
    },
  );
});

describe('a create over a bad connection', () => {
  async function open(sim: Simulation, folder: string) {
    const ledger = await openLedger(join(folder, 'ledger'));
    const client = createClient(cometapi({ apiKey: 'any', baseUrl: `${sim.url}/cometapi` }), { ledger });
    const stop = new AbortController();
    const handle: Gateway = gateway({
      ...{ client, authorize: () => true, authorizeCreate: () => true, principal, signal: stop.signal },
    });
    const server = createServer(toNodeListener(handle));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      server,
      close: async () => {
        stop.abort();
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
        await ledger.close();
      },
    };
  }

  const bytes = (key: string) => {
    const body = JSON.stringify(input);
    const head = ['POST /tasks HTTP/1.1', 'Host: a.test', 'Content-Type: application/json', `Idempotency-Key: ${key}`];
    return `${[...head, 'X-User: alice', `Content-Length: ${body.length}`, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`;
  };

  const send = (server: Server, text: string, cutAt = Number.POSITIVE_INFINITY) =>
    new Promise<string>((resolve) => {
      let answer = '';
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      socket.on('connect', () =>
        socket.write(text.slice(0, cutAt), () => Number.isFinite(cutAt) && socket.resetAndDestroy()),
      );
      socket.on('data', (data) => {
        answer += data;
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(answer));
    });

  it('makes one task, wherever it is cut, however often it is sent, and over a restart', {
    timeout: 60_000,
  }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rushes-gateway-'));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const sim = await simulate();
    closers.push(() => sim.close());
    const posts = () => sim.requests.filter(({ method }) => method === 'POST');
    let at = await open(sim, folder);
    closers.push(() => at.close());
    const length = bytes('key-000').length;
    const answers = new Map<string, Set<string>>();
    const cuts = Array.from({ length: 40 }, (_, i) => Math.round((i * length) / 39));
    for (const [i, cut] of cuts.entries()) {
      const key = `key-${String(i).padStart(3, '0')}`;
      await send(at.server, bytes(key), cut);
      for (let retry = 0; retry < 5; retry++) {
        if (retry === 3 && i % 10 === 0) {
          await at.close();
          at = await open(sim, folder);
        }
        const answer = await send(at.server, bytes(key));
        expect(answer).toMatch(/^HTTP\/1.1 201 Created\r\n/);
        const id = /"id":"([^"]+)"/.exec(answer)?.[1] ?? '';
        answers.set(key, (answers.get(key) ?? new Set()).add(id));
      }
    }
    expect([...answers.values()].map(({ size }) => size)).toEqual(cuts.map(() => 1));
    expect(posts()).toHaveLength(cuts.length);
    await at.close();
    at = await open(sim, folder);
    const other = bytes('key-000').replace('paper', 'steel');
    expect(await send(at.server, other)).toMatch(/^HTTP\/1.1 409 /);
    expect(posts()).toHaveLength(cuts.length);
  });
});
