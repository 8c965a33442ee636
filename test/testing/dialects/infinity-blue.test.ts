import { describe, expect, it } from 'vitest';
import type { Timeline } from '../../../src/testing/index.js';
import { BASE, type Body, fixture, postForm, postJson, scene, shapeOf } from '../wire.js';

const URL = BASE['infinity-blue'];
const order = { model: 'doubao-seedance-2-0-fast-260128', prompt: 'A cat', seconds: '5' };
const until = (status: 'in_progress' | 'completed' | 'failed'): Timeline => [{ afterMs: 10_000, status, progress: 50 }];

describe('infinityBlueDialect', () => {
  it('answers a POST as documented, in milliseconds', async () => {
    const { ask, clock } = scene();
    const answer = await ask(URL, postJson(order));
    const body = (await answer.json()) as Body;
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-oneapi-request-id')).toMatch(/^[0-9a-f]{32}$/);
    expect(shapeOf(body)).toEqual(shapeOf(fixture('infinity-queued')));
    expect(body).toMatchObject({
      object: 'video',
      status: 'queued',
      progress: 0,
      seconds: '5',
      created_at: clock.now(),
    });
  });

  it.each(['in_progress', 'completed', 'failed'] as const)('shows a task that is %s as documented', async (status) => {
    const { add, clock, read } = scene();
    const id = add('infinity-blue', { timeline: until(status) });
    await clock.advance(12_000);
    const body = await read('infinity-blue', id);
    const documented = fixture(`infinity-${status.replace('_', '-')}`);
    expect(shapeOf(body)).toEqual(shapeOf(documented));
    expect(body['status']).toBe(documented['status']);
  });

  it('says when it completed, and that the video is kept for a day', async () => {
    const { add, clock, read } = scene();
    const id = add('infinity-blue', { timeline: until('completed') });
    const bornMs = clock.now();
    await clock.advance(60_000);
    expect(await read('infinity-blue', id)).toMatchObject({
      created_at: bornMs,
      completed_at: bornMs + 10_000,
      expires_at: bornMs + 10_000 + 86_400_000,
      metadata: { url: expect.stringContaining('http://sim.test/media/infinity-blue/') },
    });
  });

  it('says seconds when it is told to', async () => {
    const { add, clock, read } = scene({ infinityBlue: { timestamps: 'seconds' } });
    expect(await read('infinity-blue', add('infinity-blue'))).toMatchObject({ created_at: clock.now() / 1_000 });
  });

  it('has only its four words', async () => {
    const { add, read } = scene();
    const say = async (status: 'error' | 'cancelled' | 'expired') =>
      (await read('infinity-blue', add('infinity-blue', { timeline: [{ afterMs: 0, status }] })))['status'];
    expect(await Promise.all([say('error'), say('cancelled'), say('expired')])).toEqual(['failed', 'failed', 'failed']);
  });

  it.each([
    ['a form', postForm(order), 400, 'invalid_request'],
    ['no JSON', { ...postJson(order), body: '{' }, 400, 'invalid_request'],
    ['no model', postJson({ ...order, model: undefined }), 400, 'missing_model'],
    ['no prompt', postJson({ ...order, prompt: '' }), 400, 'invalid_request'],
    ['seconds that are a number', postJson({ ...order, seconds: 5 }), 400, 'invalid_request'],
    ['too many seconds', postJson({ ...order, seconds: '16' }), 400, 'fail_to_fetch_task'],
    ['an odd resolution', postJson({ ...order, resolution: '8k' }), 400, 'fail_to_fetch_task'],
  ])('refuses %s', async (_, init, status, code) => {
    const { ask, sim } = scene();
    const answer = await ask(URL, init);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ code, data: null, message: expect.any(String) });
    expect(sim.tasks).toEqual([]);
  });

  it('has no channel for a model it does not list', async () => {
    const answer = await scene().ask(URL, postJson({ ...order, model: 'kling-v9' }));
    const documented = fixture('errors-newapi-503-no-channel');
    expect(answer.status).toBe(documented['httpStatus']);
    const body = (await answer.json()) as Body;
    expect(shapeOf(body)).toEqual(shapeOf(documented['body']));
    expect(body).toMatchObject({ error: { code: 'model_not_found' } });
  });

  it.each([
    ['errors-newapi-401', undefined, ''],
    ['errors-newapi-400-task-not-exist', 'Bearer key', '/video_none'],
    ['errors-newapi-content-404', 'Bearer key', '/video_none/content'],
  ])('refuses like %s', async (name, authorization, path) => {
    const documented = fixture(name);
    const answer = await scene().sim.fetch(URL + (path || '/x'), { headers: authorization ? { authorization } : {} });
    expect(answer.status).toBe(documented['httpStatus']);
    expect(shapeOf(await answer.json())).toEqual(shapeOf(documented['body']));
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it('has neither a list nor a delete', async () => {
    const { add, ask } = scene();
    const id = add('infinity-blue');
    expect((await ask(URL)).status).toBe(404);
    const answer = await ask(`${URL}/${id}`, { method: 'DELETE' });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: { message: `Invalid URL (DELETE /v1/videos/${id})` } });
  });

  it('serves the bytes once it is completed and until it expires', async () => {
    const { add, ask, clock } = scene();
    const id = add('infinity-blue', { timeline: [...until('in_progress'), { afterMs: 20_000, status: 'completed' }] });
    await clock.advance(10_000);
    const early = await ask(`${URL}/${id}/content`);
    expect(early.status).toBe(400);
    expect(await early.json()).toEqual(fixture('errors-newapi-content-400-not-completed')['body']);
    await clock.advance(10_000);
    const bytes = await ask(`${URL}/${id}/content`);
    expect([bytes.status, bytes.headers.get('content-type')]).toEqual([200, 'video/mp4']);
    await clock.advance(86_400_000);
    const late = await ask(`${URL}/${id}/content`);
    expect(late.status).toBe(502);
    expect(await late.json()).toEqual(fixture('errors-newapi-content-502')['body']);
  });
});
