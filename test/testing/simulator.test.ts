import { describe, expect, it } from 'vitest';
import { createClock } from '../../src/testing/clock.js';
import { createSimulator, neverEnding } from '../../src/testing/index.js';
import { BASE, postForm, postJson, scene } from './wire.js';

const order = postForm({ model: 'doubao-seedance-2-0', prompt: 'A cat' });

describe('createSimulator', () => {
  it('completes every task after 60-120 s unless it is told otherwise', async () => {
    const { add, clock, read } = scene();
    const ids = Array.from({ length: 20 }, () => add('cometapi'));
    const statuses = async () =>
      new Set((await Promise.all(ids.map((id) => read('cometapi', id)))).map((b) => b['status']));
    expect(await statuses()).toEqual(new Set(['queued']));
    await clock.advance(30_000);
    expect(await statuses()).toEqual(new Set(['in_progress']));
    await clock.advance(90_000);
    expect(await statuses()).toEqual(new Set(['completed']));
  });

  it('deals the same to the same seed', () => {
    const lives = (seed: number) => {
      const { add, sim } = scene({ seed });
      for (let n = 0; n < 3; n++) add('ark');
      return sim.tasks.map(({ id, timeline }) => ({ id, timeline }));
    };
    expect(lives(1)).toEqual(lives(1));
    expect(lives(1)).not.toEqual(lives(2));
  });

  it('lets time run faster', async () => {
    const { add, ask, clock, read } = scene({
      speed: 100,
      faults: ({ nth }) => (nth === 2 ? { kind: 'delay', ms: 1_000 } : undefined),
    });
    const id = add('cometapi', { timeline: [{ afterMs: 60_000, status: 'completed' }] });
    await clock.advance(599);
    expect(await read('cometapi', id)).toMatchObject({ status: 'queued' });
    const answer = ask(`${BASE.cometapi}/${id}`);
    await clock.advance(10);
    expect(await (await answer).json()).toMatchObject({ status: 'completed', completed_at: 1_800_000_000 });
  });

  it('takes the life of a task from a script', async () => {
    const { ask, clock, read } = scene({
      timeline: ({ input }) =>
        input.prompt === 'A cat' ? [{ afterMs: 5, status: 'failed', error: { message: 'No.' } }] : undefined,
    });
    const { id } = (await (await ask(BASE.cometapi, order)).json()) as { id: string };
    await clock.advance(5);
    expect(await read('cometapi', id)).toMatchObject({ status: 'failed', error: { message: 'No.' } });
  });

  it('tells the life of a task as it is scripted, however odd', async () => {
    const { add, clock, read } = scene();
    const id = add('cometapi', {
      timeline: [
        { afterMs: 0, status: 'in_progress', providerStatus: 'Dreaming', progress: 90 },
        { afterMs: 1, status: 'queued' },
        { afterMs: 2, status: 'completed', videoUrl: null },
        { afterMs: 3, status: 'failed', error: null },
        { afterMs: 4, status: 'in_progress', fields: { progress: '50%', created_at: undefined } },
        { afterMs: 5, status: 'completed', videoUrl: 'https://cdn.example/a.mp4' },
      ],
    });
    const told = [];
    for (let ms = 0; ms < 6; ms++) {
      told.push(await read('cometapi', id));
      await clock.advance(1);
    }
    expect(told).toMatchObject([
      { status: 'Dreaming', progress: 90 },
      { status: 'queued', progress: 0 },
      { status: 'completed' },
      { status: 'failed' },
      { status: 'in_progress', progress: '50%' },
      { status: 'completed', video_url: 'https://cdn.example/a.mp4' },
    ]);
    expect(told[2]).not.toHaveProperty('video_url');
    expect(told[3]).not.toHaveProperty('error');
    expect(told[4]).not.toHaveProperty('created_at');
  });

  it('takes in tasks without a POST, also with ids that need encoding', async () => {
    const { add, read, sim } = scene();
    const id = add('ark', { id: 'sora-2:a/b ?', timeline: neverEnding, input: { model: 'm' } });
    expect(id).toBe('sora-2:a/b ?');
    const answer = await sim.fetch(`${BASE.ark}/${encodeURIComponent(id)}`, { headers: { authorization: 'Bearer k' } });
    expect(await answer.json()).toMatchObject({ id, model: 'm' });
    expect(await read('ark', '%E0%A4%A')).toHaveProperty('error');
    expect(() => add('unheard-of' as 'ark')).toThrow('provider: expected one of cometapi');
  });

  it('accepts any key that is not empty, unless it is told which', async () => {
    const status = async (authorization: string | undefined, options = {}) => {
      const { add, sim } = scene(options);
      const url = `${BASE.cometapi}/${add('cometapi')}`;
      return (await sim.fetch(url, { headers: authorization === undefined ? {} : { authorization } })).status;
    };
    expect(await Promise.all([status('Bearer any'), status('bearer any')])).toEqual([200, 200]);
    expect(await Promise.all([status(undefined), status('Bearer '), status('Basic any')])).toEqual([401, 401, 401]);
    const keys = ['good'];
    expect(await Promise.all([status('Bearer good', { keys }), status('Bearer bad', { keys })])).toEqual([200, 401]);
    const byProvider = { keys: { ark: keys } };
    expect(await status('Bearer bad', byProvider)).toBe(200);
    expect(await status('Bearer bad', { keys: { cometapi: keys } })).toBe(401);
  });

  it('keeps account of requests and tasks', async () => {
    const { ask, clock, read, sim } = scene();
    const { id } = (await (await ask(BASE.cometapi, order)).json()) as { id: string };
    await clock.advance(120_000);
    await read('cometapi', id);
    const { video_url: url } = await read('cometapi', id);
    await sim.fetch(url as string);
    await ask('http://sim.test/cometapi/v1/nothing?here');
    await ask('http://sim.test/');
    expect(sim.task('cometapi', id)?.counts).toEqual({ create: 1, read: 2, list: 0, delete: 0, content: 0, media: 1 });
    expect(sim.requests.map(({ operation, answeredStatus }) => [operation, answeredStatus])).toEqual([
      ['create', 200],
      ['read', 200],
      ['read', 200],
      ['media', 200],
      [undefined, 404],
      [undefined, 404],
    ]);
    expect(sim.requests[0]).toMatchObject({ provider: 'cometapi', method: 'POST', atMs: 1_800_000_000_000 });
    expect(sim.requests[0]?.bodyText).toContain('A cat');
    expect(sim.requests[0]?.headers['authorization']).toBe('Bearer key');
    expect(sim.requests[1]).toMatchObject({ id, path: `/cometapi/v1/videos/${id}`, atMs: 1_800_000_120_000 });
    expect(sim.requests[4]?.path).toBe('/cometapi/v1/nothing?here');
  });

  it('remembers the newest requests only', async () => {
    const { read, sim } = scene({ requestLogLimit: 2 });
    for (const id of ['a', 'b', 'c']) await read('ark', id);
    expect(sim.requests.map(({ id }) => id)).toEqual(['b', 'c']);
  });

  it('takes what fetch takes, without a this', async () => {
    const { fetch } = createSimulator({ scheduler: createClock() });
    const url = `${BASE.ark}/x`;
    const answers = [
      fetch(url),
      fetch(new URL(url)),
      fetch(new Request(url)),
      fetch(new Request(url), { method: 'GET' }),
    ];
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  });

  it('rejects a request that is aborted already with its reason', async () => {
    const { ask, sim } = scene();
    await expect(ask(`${BASE.ark}/x`, { signal: AbortSignal.abort('gone') })).rejects.toBe('gone');
    expect(sim.requests).toHaveLength(0);
  });

  it('ends every wait when it is closed', async () => {
    const { ask, clock, sim } = scene({ faults: () => ({ kind: 'delay' }) });
    const answer = ask(`${BASE.ark}/x`);
    answer.catch(() => undefined);
    await clock.advance(1);
    expect([sim.inFlight, clock.pending]).toEqual([1, 1]);
    sim.close();
    await expect(answer).rejects.toBeInstanceOf(TypeError);
    expect([sim.inFlight, clock.pending]).toEqual([0, 0]);
  });

  it('grants a browser its preflight', async () => {
    const headers = { 'access-control-request-headers': 'authorization' };
    const answer = await createSimulator().fetch(BASE.ark, { method: 'OPTIONS', headers });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-allow-headers')).toBe('authorization');
  });

  it('refuses what was not made by any vendor', async () => {
    const { ask } = scene();
    const statuses = ['/media/none/x.mp4', '/media/ark/x.mp4', '/else', '/ark/contents/generations/tasksx'].map(
      async (path) => (await ask(`http://sim.test${path}`)).status,
    );
    expect(await Promise.all(statuses)).toEqual([404, 404, 404, 404]);
    expect((await ask(`${BASE.ark}/x/y/z`, postJson({}))).status).toBe(404);
  });
});
