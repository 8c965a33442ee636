import OpenAI, {
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import { describe, expect, it } from 'vitest';
import type { SimulatorOptions } from '../../../src/testing/index.js';
import { mp4Of } from '../../../src/testing/media/mp4.js';
import { BASE, fixture, postForm, postJson, scene, shapeOf } from '../wire.js';

const URL = BASE['openai-compatible'];
const order = { model: 'sora-2', prompt: 'A calico cat', seconds: '8', size: '1280x720' } as const;

function studio(options: SimulatorOptions = {}, apiKey = 'key') {
  const { sim, ...rest } = scene(options);
  const baseURL = 'http://sim.test/openai-compatible/v1';
  return { sim, ...rest, videos: new OpenAI({ apiKey, baseURL, fetch: sim.fetch, maxRetries: 0 }).videos };
}

describe('openaiCompatibleDialect', () => {
  it.each(['queued', 'in_progress', 'completed'] as const)('shows a task that is %s as documented', async (status) => {
    const { add, read } = scene();
    const timeline = [{ afterMs: 0, status, progress: 33 }] as const;
    const body = await read('openai-compatible', add('openai-compatible', { timeline }));
    expect(shapeOf(body)).toEqual(shapeOf(fixture(`openai-${status.replace('_', '-')}`)));
    expect(body['status']).toBe(status);
  });

  it.each([
    ['a form', postForm(order), 200],
    ['JSON', postJson(order), 200],
    ['a model it does not know', postJson({ model: 'another', prompt: 'A cat', seconds: '7' }), 200],
    ['nothing', postJson({}), 400],
    ['no JSON', { ...postJson({}), body: '{' }, 400],
    ['an odd length', postJson({ ...order, seconds: '5' }), 400],
    ['an odd size', postJson({ ...order, size: '1x1' }), 400],
  ])('answers a POST of %s', async (_, init, status) => {
    const answer = await scene().ask(URL, init);
    expect(answer.status).toBe(status);
    if (status !== 200) expect(Object.keys(await errorOf(answer))).toEqual(['message', 'type', 'param', 'code']);
  });

  it.each([
    ['errors-openai-401', {}],
    ['errors-openai-404', { authorization: 'Bearer key' }],
  ])('refuses like %s', async (name, headers) => {
    const documented = fixture(name);
    const answer = await scene().sim.fetch(`${URL}/video_x`, { headers: headers as Record<string, string> });
    expect(answer.status).toBe(documented['httpStatus']);
    expect(shapeOf(await answer.json())).toEqual(shapeOf(documented['body']));
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
  });

  it('withholds the content while there is none, and when it has expired', async () => {
    const { add, ask, clock } = scene();
    const id = add('openai-compatible', { timeline: [{ afterMs: 10, status: 'completed' }] });
    const early = await ask(`${URL}/${id}/content`);
    expect([early.status, (await errorOf(early)).code]).toEqual([400, 'video_not_ready']);
    await clock.advance(10);
    expect((await ask(`${URL}/${id}/content`)).status).toBe(200);
    await clock.advance(3_600_000);
    expect((await ask(`${URL}/${id}/content`)).status).toBe(404);
  });
});

describe("OpenAI's own client", () => {
  it('creates, retrieves and downloads', async () => {
    const { clock, videos } = studio();
    const created = await videos.create({ ...order });
    expect(created).toMatchObject({ status: 'queued', model: 'sora-2', seconds: '8', size: '1280x720', error: null });
    await clock.advance(120_000);
    expect(await videos.retrieve(created.id)).toMatchObject({ status: 'completed', progress: 100 });
    const bytes = async (variant?: 'thumbnail' | 'spritesheet') => {
      const answer = await videos.downloadContent(created.id, variant && { variant });
      return [answer.headers.get('content-type'), new Uint8Array(await answer.arrayBuffer())] as const;
    };
    expect(await bytes()).toEqual(['video/mp4', mp4Of(`openai-compatible/${created.id}`)]);
    expect((await bytes('thumbnail'))[0]).toBe('image/webp');
    expect((await bytes('spritesheet'))[0]).toBe('image/jpeg');
  });

  it('sends a file to start from', async () => {
    const { sim, videos } = studio();
    await videos.create({ ...order, input_reference: new File(['png'], 'cat.png', { type: 'image/png' }) });
    const post = sim.requests.find(({ operation }) => operation === 'create');
    expect(post?.headers['content-type']).toMatch(/^multipart\/form-data/);
  });

  it('lists page by page, newest first', async () => {
    const { add, videos } = studio();
    const ids = Array.from({ length: 5 }, () => add('openai-compatible'));
    const seen: string[] = [];
    for await (const video of videos.list({ limit: 2 })) seen.push(video.id);
    expect(seen).toEqual([...ids].reverse());
    const oldest = await videos.list({ order: 'asc', limit: 1, after: ids[1] ?? '' });
    expect(oldest.data.map(({ id }) => id)).toEqual([ids[2]]);
    await expect(videos.list({ after: 'video_none' })).rejects.toBeInstanceOf(NotFoundError);
    await expect(videos.list({ limit: 0 })).rejects.toBeInstanceOf(BadRequestError);
  });

  it('deletes what has ended', async () => {
    const { add, clock, videos } = studio();
    const id = add('openai-compatible');
    await expect(videos.delete(id)).rejects.toBeInstanceOf(BadRequestError);
    await clock.advance(120_000);
    expect(await videos.delete(id)).toEqual({ id, object: 'video.deleted', deleted: true });
    await expect(videos.retrieve(id)).rejects.toBeInstanceOf(NotFoundError);
  });

  it('throws its own errors', async () => {
    const { add, videos } = studio({
      keys: ['key'],
      faults: ({ nth }) => (nth === 1 ? { kind: 'rateLimited' } : { kind: 'serverError', status: 503 }),
    });
    const id = add('openai-compatible');
    await expect(videos.retrieve(id)).rejects.toBeInstanceOf(RateLimitError);
    await expect(videos.retrieve(id)).rejects.toBeInstanceOf(InternalServerError);
    await expect(studio({ keys: ['key'] }, 'wrong').videos.retrieve(id)).rejects.toBeInstanceOf(AuthenticationError);
    await expect(studio().videos.create({ ...order, seconds: '5' as '4' })).rejects.toMatchObject({
      status: 400,
      param: 'seconds',
      code: 'invalid_value',
      type: 'invalid_request_error',
      requestID: expect.stringMatching(/^req_/),
    });
  });
});

async function errorOf(answer: Response): Promise<{ code: string | null }> {
  return ((await answer.json()) as { error: { code: string | null } }).error;
}
