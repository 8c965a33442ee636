import { describe, expect, it } from 'vitest';
import { RushesError, type Snapshot } from '../../../src/index.js';
import { gateway, withoutSecrets } from '../../../src/sse/index.js';
import { aTask, at, snapshotOf, stage, taskUrl } from './stage.js';

const headersOf = ({ headers }: Response) => Object.fromEntries(headers);

describe('gateway', () => {
  it('answers with the latest snapshot of a task', async () => {
    const { handle, news } = stage();
    news.say(snapshotOf('in_progress', { progress: 40 }));
    const response = await handle(new Request(taskUrl()));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(snapshotOf('in_progress', { progress: 40 }));
  });

  it('shows neither the body as received nor the link, unless it is told to', async () => {
    const secret = snapshotOf('completed', { videoUrl: 'https://cdn.test/v.mp4?sig=1', raw: { key: 1 } });
    const shown = stage({ project: (snapshot, request) => ({ ...snapshot, model: request.method }) as Snapshot });
    const hidden = stage();
    for (const { news } of [shown, hidden]) news.say(secret);
    expect(await (await hidden.handle(new Request(taskUrl()))).json()).toEqual(snapshotOf('completed'));
    expect(await (await shown.handle(new Request(taskUrl()))).json()).toEqual({ ...secret, model: 'GET' });
    const stream = await (await hidden.handle(new Request(`${taskUrl()}/events`))).text();
    expect(stream).toContain('"completed"');
    expect(stream).not.toMatch(/sig|raw|cdn/);
  });

  it('lets a projection begin with what is shown otherwise', async () => {
    const secret = snapshotOf('completed', { videoUrl: 'https://cdn.test/v.mp4?sig=1', raw: { key: 1 } });
    const { handle, news } = stage({
      project: (snapshot) => ({ ...withoutSecrets(snapshot), model: 'm' }) as Snapshot,
    });
    news.say(secret);
    expect(await (await handle(new Request(taskUrl()))).json()).toEqual(snapshotOf('completed', { model: 'm' }));
    for (const snapshot of [secret, snapshotOf('queued', { raw: 1 })]) {
      expect(withoutSecrets(snapshot)).toEqual(snapshotOf(snapshot.status));
      expect(Object.isFrozen(withoutSecrets(snapshot))).toBe(true);
    }
    expect(secret).toHaveProperty('videoUrl');
  });

  it('answers HEAD like GET, without a body', async () => {
    const { handle, news } = stage();
    news.say(snapshotOf('queued'));
    const [get, head] = await Promise.all(['GET', 'HEAD'].map((method) => handle(new Request(taskUrl(), { method }))));
    expect(head?.status).toBe(200);
    expect(head?.body).toBeNull();
    expect(head && headersOf(head)).toEqual(get && headersOf(get));
  });

  it.each([
    ['NOT_FOUND', 404],
    ['RATE_LIMITED', 429],
    ['UNAVAILABLE', 502],
    ['UNAUTHORIZED', 502],
    ['DEADLINE', 502],
    ['BAD_RESPONSE', 502],
  ] as const)('answers for a task lost with %s: %i and the error', async (code, status) => {
    const { handle, news } = stage();
    const asking = handle(new Request(taskUrl()));
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    news.lose(aTask, new RushesError(code, 'lost', { retryAfterMs: 1_200 }));
    const response = await asking;
    expect(response.status).toBe(status);
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await response.json()).toEqual({ code, message: 'lost', task: aTask });
  });

  it('says that a provider which the client does not have has no tasks', async () => {
    const { handle } = stage(
      {},
      {
        watch: () => {
          throw new RushesError('INVALID_ARGUMENT', 'secret name of a provider');
        },
      },
    );
    const response = await handle(new Request(taskUrl()));
    expect([response.status, await response.text()]).toEqual([404, expect.not.stringContaining('secret')]);
  });

  it('does not wait for ever for a task that says nothing', async () => {
    const { handle, clock, news } = stage({ answerTimeoutMs: 7_000 });
    const asking = handle(new Request(taskUrl()));
    await clock.advance(7_000);
    const response = await asking;
    expect([response.status, await response.json()]).toEqual([
      502,
      { code: 'UNAVAILABLE', message: 'nothing was heard of the task within 7000 ms', task: aTask },
    ]);
    await clock.advance(10_000);
    expect(news.watched.size).toBe(0);
  });

  it.each([
    '/',
    '/tasks/',
    '/tasks/cometapi',
    '/tasks/cometapi/task_1/',
    '/tasks/cometapi/task_1/events.css',
    '/tasks/cometapi/task_1/events/x',
    '/tasks/cometapi/task_1/Events',
    '/tasks/cometapi/a/b/events',
    '/tasks/cometapi/%2e%2e/events',
    '//tasks/cometapi/task_1',
    '/x/tasks/cometapi/task_1',
    '/events/',
    '/tasks',
  ])('has nothing at %s', async (path) => {
    const { handle, news } = stage();
    expect((await handle(new Request(at(path)))).status).toBe(404);
    expect(news.asked).toEqual([]);
  });

  it('is where it is told to be, and nowhere else', async () => {
    const { handle, news } = stage({ basePath: '/api/rushes' });
    news.say(snapshotOf('queued'));
    const statuses = [
      '/api/rushes/tasks/cometapi/task_1',
      '/tasks/cometapi/task_1',
      '/api/rushestasks/cometapi/task_1',
    ].map(async (path) => (await handle(new Request(at(path)))).status);
    expect(await Promise.all(statuses)).toEqual([200, 404, 404]);
  });

  it.each([
    ['POST', '/tasks/cometapi/task_1', 'GET, HEAD'],
    ['DELETE', '/tasks/cometapi/task_1', 'GET, HEAD'],
    ['HEAD', '/tasks/cometapi/task_1/events', 'GET'],
    ['PUT', '/events?task=cometapi/task_1', 'GET'],
    ['POST', '/tasks/cometapi/task_1/content', 'GET, HEAD'],
    ['OPTIONS', '/tasks/cometapi/task_1', 'GET, HEAD'],
  ])('answers %s %s with the methods that there are', async (method, path, allow) => {
    const headers = { 'x-http-method-override': 'GET' };
    const response = await stage().handle(new Request(at(path), { method, headers }));
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
  });

  it.each([
    '/tasks/Comet/task_1',
    '/tasks/cometapi/%00',
    '/tasks/cometapi/%ff/events',
    `/tasks/cometapi/${'x'.repeat(513)}/content`,
    '/events?task=cometapi',
    '/events?task=cometapi/..',
    '/events?task=cometapi/ok&task=/x',
    '/events?task=cometapi/%zz',
    '/events?task=cometapi/ok&task=%zz',
    '/events',
    `/events?${'task=cometapi/x&'.repeat(101)}`,
  ])('refuses %s as no name of a task, and asks nobody', async (path) => {
    let asked = 0;
    const { handle } = stage({ authorize: () => ++asked > 0 });
    const response = await handle(new Request(at(path)));
    expect([response.status, asked, (await response.json()).code]).toEqual([400, 0, 'INVALID_ARGUMENT']);
  });

  it.each([
    ['task=ark/a+b%2Bc', 'ark/a b+c'],
    ['t%61sk=ark%2Fx', 'ark/x'],
    ['task=ark/x=y?z', 'ark/x=y?z'],
    ['%zz=1&+task=ark/n&Task=ark/o&task=ark/x', 'ark/x'],
  ])('reads the query %s as a form does', async (query, key) => {
    const { handle, news } = stage();
    const { status, body } = await handle(new Request(at(`/events?${query}`)));
    expect([status, news.asked]).toEqual([200, [key]]);
    await body?.cancel();
  });

  it.each(['/tasks/cometapi/task_1', '/tasks/cometapi/task_1/events', '/events?task=cometapi/task_1', '/nothing'])(
    'lets no cache keep %s, nor anyone guess what it is',
    async (path) => {
      const { handle, news } = stage();
      news.say(snapshotOf('queued'));
      const { headers } = await handle(new Request(at(path)));
      expect(headers.get('cache-control')).toMatch(/^private, no-store(, no-transform)?$/);
      expect(headers.get('vary')).toBe('Origin, Authorization, Cookie');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      const isStream = path.includes('events');
      expect(headers.get('cache-control')?.includes('no-transform')).toBe(isStream);
      expect(headers.get('x-accel-buffering')).toBe(isStream ? 'no' : null);
      expect(headers.get('access-control-allow-origin')).toBeNull();
    },
  );

  it('answers 500 without a word when a projection throws, and tells the application', async () => {
    const { handle, news, errors } = stage({
      project: () => {
        throw new Error('secret');
      },
    });
    news.say(snapshotOf('queued'));
    const response = await handle(new Request(taskUrl()));
    expect([response.status, await response.text()]).toEqual([500, 'the gateway failed']);
    expect(errors).toEqual([new Error('secret')]);
  });

  it('ends everything when its signal aborts', async () => {
    const stop = new AbortController();
    const { handle, news, clock } = stage({ signal: stop.signal });
    news.say(snapshotOf('queued'));
    const stream = (await handle(new Request(`${taskUrl()}/events`))).text();
    const waiting = handle(new Request(taskUrl({ provider: 'ark', id: 'silent' })));
    await clock.advance(1);
    stop.abort();
    expect(await stream).not.toContain('event: end');
    const answered = await waiting;
    expect([answered.status, (await answered.json()).message]).toEqual([502, 'the gateway is closing']);
    expect(news.watched.size).toBe(0);
    expect(clock.pending).toBe(0);
    expect((await handle(new Request(taskUrl()))).status).toBe(503);
  });

  it('takes an option that is undefined for absent', async () => {
    const nothing = { heartbeatMs: undefined, basePath: undefined, limits: { tasks: undefined } };
    const { handle, news } = stage(nothing as never);
    news.say(snapshotOf('queued'));
    expect((await handle(new Request(taskUrl()))).status).toBe(200);
  });

  it.each([
    ['no client', { client: undefined }],
    ['a client that is none', { client: {} }],
    ['no authorize', { authorize: undefined }],
    ['an authorize that is no function', { authorize: true }],
    ['an unknown option', { autorize: () => true }],
    ['a basePath with a slash at its end', { basePath: '/x/' }],
    ['a basePath without one before it', { basePath: 'x' }],
    ['an origin with a path', { origins: ['https://a.test/x'] }],
    ['any origin', { origins: ['*'] }],
    ['a heartbeat that is late', { heartbeatMs: 15_001 }],
    ['a basePath that no URL has', { basePath: '/a b' }],
    ['fields that are none', { extraFields: 'all' }],
    ['fields that have no name', { extraFields: [1] }],
    ['a time of 0', { heartbeatMs: 0 }],
    ['a stream of two hours', { maxStreamMs: 7_200_000 }],
    ['an unknown limit', { limits: { viewers: 1 } }],
    ['a limit of 0', { limits: { tasks: 0 } }],
    ['101 tasks on a connection', { limits: { tasksPerConnection: 101 } }],
    ['a signal that is none', { signal: {} }],
    ['a principal that is no function', { principal: 'me' }],
  ])('refuses %s at the call', (_, wrong) => {
    const { client } = stage();
    const options = { client, authorize: () => true, ...wrong };
    expect(() => gateway(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
