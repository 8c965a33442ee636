import { describe, expect, it } from 'vitest';
import type { Status } from '../../../src/task/status.js';
import { BASE, type Body, fixture, postForm, postJson, scene, shapeOf } from '../wire.js';

const URL = BASE.ark;
const DAY_MS = 86_400_000;
const order = { model: 'doubao-seedance-2-0-260128', content: [{ type: 'text', text: 'A cat' }], duration: 5 };
const endless = (status: Status) => [{ afterMs: 0, status }] as const;

describe('arkDialect', () => {
  it('answers a POST with an id and nothing else', async () => {
    const { ask, sim } = scene();
    const body = (await (await ask(URL, postJson(order))).json()) as Body;
    expect(shapeOf(body)).toEqual(shapeOf(fixture('ark-create')));
    expect(body['id']).toMatch(/^cgt-\d{14}-[0-9a-f]{5}$/);
    expect(sim.tasks[0]?.input).toEqual({ model: order.model, prompt: 'A cat', seconds: '5' });
  });

  it.each([
    ['ark-queued', 'queued'],
    ['ark-running', 'in_progress'],
    ['ark-succeeded', 'completed'],
    ['ark-failed', 'failed'],
    ['ark-cancelled', 'cancelled'],
  ] as const)('shows a task with all that is in %s', async (name, status) => {
    const { add, read } = scene();
    const body = await read('ark', add('ark', { timeline: endless(status) }));
    const { content, ...documented } = fixture(name);
    expect(shapeOf(body)).toMatchObject(shapeOf(documented) as object);
    expect(body['status']).toBe(documented['status']);
    expect(typeof (body['content'] as Body | undefined)?.['video_url']).toBe(content ? 'string' : 'undefined');
    expect(body).not.toHaveProperty('progress');
    expect(body).not.toHaveProperty('completed_at');
  });

  it('has a word for a task that expired and says seconds', async () => {
    const { add, clock, read } = scene();
    const id = add('ark', { timeline: [{ afterMs: 10_000, status: 'expired' }] });
    await clock.advance(20_000);
    expect(await read('ark', id)).toMatchObject({
      status: 'expired',
      created_at: 1_800_000_000,
      updated_at: 1_800_000_010,
      error: { code: expect.any(String), message: expect.any(String) },
    });
  });

  it.each([
    ['a form', postForm({ model: 'm' }), 'InvalidParameter', 'body'],
    ['no model', postJson({ ...order, model: '' }), 'MissingParameter', undefined],
    ['no content', postJson({ ...order, content: [] }), 'MissingParameter', undefined],
    ['content of no type', postJson({ ...order, content: [{}] }), 'InvalidParameter', 'content.type'],
    ['empty text', postJson({ ...order, content: [{ type: 'text' }] }), 'MissingParameter', undefined],
    ['a text for a duration', postJson({ ...order, duration: '5' }), 'InvalidParameter', 'duration'],
    ['an odd resolution', postJson({ ...order, resolution: '8k' }), 'InvalidParameter', 'resolution'],
    ['an odd ratio', postJson({ ...order, ratio: 'wide' }), 'InvalidParameter', 'ratio'],
    [
      'two images without roles',
      postJson({ ...order, content: [{ type: 'image_url' }, { type: 'image_url' }] }),
      'InvalidParameter',
      'content',
    ],
  ])('refuses %s', async (_, init, code, param) => {
    const { ask, sim } = scene();
    const answer = await ask(URL, init);
    const body = (await answer.json()) as Body;
    expect(answer.status).toBe(400);
    expect(shapeOf(body)).toEqual(shapeOf(fixture('errors-ark-400-create')['body']));
    expect(body).toMatchObject({ error: { code, ...(param && { param }) } });
    expect(sim.tasks).toEqual([]);
  });

  it('refuses a request without a key and an unknown task', async () => {
    const { ask, sim } = scene();
    const keyless = await sim.fetch(`${URL}/cgt-none`);
    expect(keyless.status).toBe(401);
    expect(await keyless.json()).toMatchObject({ error: { code: 'AuthenticationError' } });
    const unknown = await ask(`${URL}/cgt-none`);
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ error: { code: expect.stringMatching(/^NotFound/) } });
    expect((await ask(`${URL}/cgt-none/content`)).status).toBe(404);
  });

  it('forgets a task after seven days', async () => {
    const { add, ask, clock } = scene();
    const id = add('ark');
    await clock.advance(7 * DAY_MS);
    expect((await ask(`${URL}/${id}`)).status).toBe(200);
    await clock.advance(1);
    expect((await ask(`${URL}/${id}`)).status).toBe(404);
  });

  it('lists by page, status, model and ids', async () => {
    const { add, ask } = scene();
    const ids = Array.from({ length: 12 }, (_, n) => add('ark', { id: `cgt-${n}`, timeline: endless('in_progress') }));
    const queued = add('ark', { timeline: endless('queued'), input: { model: 'another' } });
    const list = async (query: string) =>
      (await (await ask(`${URL}?${query}`)).json()) as { items: Body[]; total: number };
    const found = async (query: string) => (await list(query)).items.map(({ id }) => id);
    expect(await list('')).toMatchObject({ total: 13, items: { length: 10 } });
    expect(await found('page_num=2&page_size=11')).toEqual([ids[1], ids[0]]);
    expect(await found('filter.status=queued')).toEqual([queued]);
    expect(await found('filter.model=another')).toEqual([queued]);
    expect(await found(`filter.task_ids=${ids[3]}&filter.task_ids=${ids[5]}`)).toEqual([ids[5], ids[3]]);
  });

  it('cancels a task that waits', async () => {
    const { add, ask, read, clock, sim } = scene();
    const id = add('ark');
    const answer = await ask(`${URL}/${id}`, { method: 'DELETE' });
    expect([answer.status, await answer.json()]).toEqual([200, {}]);
    await clock.advance(600_000);
    expect(await read('ark', id)).toMatchObject({ status: 'cancelled' });
    expect(sim.task('ark', id)?.counts.delete).toBe(1);
  });

  it.each(['in_progress', 'cancelled'] as const)('neither cancels nor deletes a task that is %s', async (status) => {
    const { add, ask } = scene();
    const id = add('ark', { timeline: endless(status) });
    const answer = await ask(`${URL}/${id}`, { method: 'DELETE' });
    expect(answer.status).toBe(409);
    expect(shapeOf(await answer.json())).toEqual(shapeOf(fixture('errors-ark-400-create')['body']));
  });

  it.each(['completed', 'failed', 'expired'] as const)('deletes the record of a task that is %s', async (status) => {
    const { add, ask, sim } = scene();
    const id = add('ark', { timeline: endless(status) });
    expect((await ask(`${URL}/${id}`, { method: 'DELETE' })).status).toBe(200);
    expect((await ask(`${URL}/${id}`)).status).toBe(404);
    expect(((await (await ask(URL)).json()) as Body)['total']).toBe(0);
    expect(sim.task('ark', id)?.forgotten).toBe(true);
  });
});
