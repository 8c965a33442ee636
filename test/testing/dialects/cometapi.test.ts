import { describe, expect, it } from 'vitest';
import type { SimulatorOptions, TaskInput, TimelinePoint } from '../../../src/testing/index.js';
import { BASE, type Body, fixture, postForm, postJson, scene, shapeOf } from '../wire.js';

const URL = BASE.cometapi;
const order = { model: 'doubao-seedance-2-0', prompt: 'A cat' };

async function shown(point: Partial<TimelinePoint>, input: Partial<TaskInput> = {}, options: SimulatorOptions = {}) {
  const { add, clock, read } = scene(options);
  const id = add('cometapi', { input, timeline: [{ afterMs: 10_000, status: 'queued', ...point }] });
  await clock.advance(15_000);
  return read('cometapi', id);
}

describe('cometapiDialect', () => {
  it.each([
    ['comet-create-queued', {}],
    ['comet-create-submitted', { revision: 'A' }],
  ] as const)('answers a POST like %s', async (name, cometapi) => {
    const { ask, clock } = scene({ cometapi });
    const body = (await (await ask(URL, postForm(order))).json()) as Body;
    const documented = fixture(name);
    if (name === 'comet-create-queued') expect(shapeOf(body)).toEqual(shapeOf(documented));
    expect(body).toMatchObject({ status: documented['status'], progress: 0, created_at: clock.now() / 1_000 });
    expect(body['task_id']).toBe(body['id']);
    expect(body['id']).toMatch(/^task_[a-z0-9]{32}$/);
  });

  it.each([
    ['comet-queued', { status: 'queued' }, {}],
    ['comet-completed', { status: 'completed' }, {}],
    ['comet-failed', { status: 'failed' }, {}],
    ['comet-error-status', { status: 'error' }, {}],
    ['comet-sora-in-progress', { status: 'in_progress', progress: 0 }, { model: 'sora-2' }],
    ['comet-veo-queued', { status: 'queued' }, { model: 'veo3-fast' }],
  ] as const)('shows a task like %s', async (name, point, input) => {
    const body = await shown(point, input);
    const documented = fixture(name);
    expect(shapeOf(body)).toEqual(shapeOf(documented));
    expect([body['status'], body['model']]).toEqual([documented['status'], documented['model']]);
  });

  it('moves completed_at along while the task runs, unless it is told not to', async () => {
    const point = { status: 'in_progress', progress: 45 } as const;
    expect(await shown(point)).toMatchObject({ status: 'in_progress', completed_at: 1_800_000_010 });
    expect(await shown(point, {}, { cometapi: { completedAtWhileRunning: false } })).not.toHaveProperty('completed_at');
  });

  it('speaks the upper-case revision when it is told to', async () => {
    const options = { cometapi: { revision: 'A' } } as const;
    const running = await shown({ status: 'in_progress', progress: 45 }, {}, options);
    const documented = fixture('comet-in-progress-uppercase');
    expect(shapeOf(running)).toEqual(shapeOf(documented));
    expect(running['status']).toBe(documented['status']);
    const words = (['queued', 'completed', 'failed', 'error'] as const).map((status) => shown({ status }, {}, options));
    expect((await Promise.all(words)).map(({ status }) => status)).toEqual(['SUBMITTED', 'SUCCESS', 'FAILED', 'ERROR']);
  });

  it('answers a POST for Veo with an empty length', async () => {
    const body = await (await scene().ask(URL, postForm({ ...order, model: 'veo3-fast' }))).json();
    expect(body).toMatchObject({ model: 'veo_3_1-4K', seconds: '', size: '16x9' });
  });

  it.each([
    ['doubao-seedance-2-0', { seconds: '4', resolution: '480p', size: '16:9' }],
    ['doubao-seedance-2-0-fast', { seconds: '15', size: '1280x720' }],
    ['doubao-seedance-1-5-pro', { seconds: '12', resolution: '1080p' }],
    ['doubao-seedance-1-0-pro', { seconds: '2' }],
    ['seedance-2-5', { seconds: '30' }],
    ['sora-2', { seconds: '8', size: '1792x1024' }],
    ['wan2.6', { seconds: '10' }],
    ['a-model-of-tomorrow', { seconds: '77' }],
  ])('takes %s with %o', async (model, fields) => {
    expect((await scene().ask(URL, postForm({ ...order, model, ...fields }))).status).toBe(200);
  });

  it.each([
    ['doubao-seedance-2-0', { seconds: '3' }, 'duration'],
    ['doubao-seedance-2-0', { seconds: '4.5' }, 'duration'],
    ['doubao-seedance-2-0', { resolution: '1080p' }, 'resolution'],
    ['doubao-seedance-2-0', { size: '5:4' }, 'size'],
    ['doubao-seedance-1-5-pro', { seconds: '13' }, 'duration'],
    ['doubao-seedance-1-5-pro', { input_reference: new Blob(['png']) }, 'task_type'],
    ['sora-2', { seconds: '5' }, 'duration'],
    ['sora-2', { size: '1920x1080' }, 'size'],
    ['wan2.6', { seconds: '6' }, 'duration'],
    ['wan2.7', { seconds: '16' }, 'duration'],
  ] as const)("refuses %s with %o in Ark's words", async (model, fields, param) => {
    const { ask, sim } = scene();
    const answer = await ask(URL, postForm({ ...order, model, ...fields }));
    const body = (await answer.json()) as Body;
    expect(answer.status).toBe(400);
    expect(shapeOf(body)).toEqual(shapeOf(fixture('errors-ark-400-create')['body']));
    expect(body).toMatchObject({ error: { code: 'InvalidParameter', param } });
    expect(sim.tasks).toEqual([]);
  });

  it('takes a file to start from with a 2.0 model', async () => {
    const { ask, sim } = scene();
    expect((await ask(URL, postForm({ ...order, input_reference: new Blob(['png']) }))).status).toBe(200);
    expect(sim.requests[0]?.bodyText).toContain('input_reference');
    expect((await ask(URL, postForm({ ...order, input_reference: 'a text' }))).status).toBe(400);
  });

  it.each([
    ['JSON', postJson(order), 'invalid_request'],
    [
      'a broken form',
      { ...postForm(order), body: 'x', headers: { 'content-type': 'multipart/form-data' } },
      'invalid_request',
    ],
    ['no prompt', postForm({ model: order.model }), 'MissingParameter'],
  ])('refuses %s', async (_, init, code) => {
    const answer = await scene().ask(URL, init);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code } });
  });

  it.each([
    ['errors-comet-401', {}],
    ['errors-comet-400-task-not-exist', { authorization: 'Bearer key' }],
  ])('refuses like %s', async (name, headers) => {
    const documented = fixture(name);
    const answer = await scene().sim.fetch(`${URL}/task_none`, { headers: headers as Record<string, string> });
    expect(answer.status).toBe(documented['httpStatus']);
    expect(shapeOf(await answer.json())).toEqual(shapeOf(documented['body']));
  });

  it('serves bytes for the models that are documented with it, and a link for Seedance', async () => {
    const { add, ask, read } = scene();
    const timeline = [{ afterMs: 0, status: 'completed' }] as const;
    const wan = add('cometapi', { timeline, input: { model: 'wan2.7' } });
    expect((await ask(`${URL}/${wan}/content`)).status).toBe(200);
    expect(await read('cometapi', wan)).not.toHaveProperty('video_url');
    const seedance = add('cometapi', { timeline });
    expect((await ask(`${URL}/${seedance}/content`)).status).toBe(404);
    expect(await read('cometapi', seedance)).toHaveProperty('video_url');
  });
});
