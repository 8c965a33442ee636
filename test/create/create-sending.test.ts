import { describe, expect, it } from 'vitest';
import { type Activity, type CreateOptions, cometapi, createClient } from '../../src/index.js';
import { createClock, createSimulator } from '../../src/testing/index.js';
import { provider, said } from '../watch/scripted.js';
import { input, reasonOf, studio } from './studio.js';

describe('a create whose key is slow', () => {
  const slow = (ms: number) => {
    const clock = createClock();
    const sim = createSimulator({ scheduler: clock });
    const key = () => new Promise<string>((resolve) => void clock.schedule(() => resolve('sk-slow-0123456789'), ms));
    const slowly = cometapi({ apiKey: key, baseUrl: 'http://localhost/cometapi' });
    const client = createClient(slowly, { fetch: sim.fetch, scheduler: clock, createTimeoutMs: 2_000 });
    return { clock, client, posts: () => sim.requests.length };
  };

  it('is not sent once its time is up, and says so: it may be made again', async () => {
    const { clock, client, posts } = slow(5_000);
    const reason = reasonOf(client.create(input));
    await clock.advance(60_000);
    expect(await reason).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'the create was not sent: its key did not come within 2000 ms',
      retryable: true,
    });
    expect(posts()).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('is sent when the key comes in time', async () => {
    const { clock, client, posts } = slow(1_000);
    const made = client.create(input);
    await clock.advance(1_500);
    expect((await made).status).toBe('queued');
    expect(posts()).toBe(1);
  });
});

describe('a create that the platform followed by itself', () => {
  const following = (answer: { readonly status: number; readonly text: string }, told: object) => {
    const fetch = async (url: string) =>
      Object.defineProperties(new Response(answer.text, answer), props({ url, ...told }));
    const client = createClient(provider(), { fetch });
    const activity: Activity[] = [];
    client.activity.subscribe((act) => activity.push(act));
    return { activity, client };
  };
  const props = (values: object) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
  const made = { status: 200, text: JSON.stringify({ id: 'task_else', status: 'queued' }) };

  it.each<[string, object]>([
    ['to the same address', { redirected: true }],
    ['to another path', { url: 'https://api.cometapi.com/v2/videos' }],
    ['to another origin', { url: 'https://elsewhere.test/v1/videos' }],
  ])('%s is ambiguous, and the task that it names is told of all the same', async (_, told) => {
    const { activity, client } = following(made, told);
    expect(await reasonOf(client.create(input))).toMatchObject({
      code: 'CREATE_AMBIGUOUS',
      task: { provider: 'cometapi', id: 'task_else' },
      message: expect.stringContaining('task_else may be one of two'),
    });
    expect(activity.map(({ kind }) => kind)).toEqual(['created', 'ambiguous']);
  });

  it('is ambiguous also where the second answer refuses', async () => {
    const refusal = { status: 400, text: JSON.stringify({ error: { code: 'InvalidParameter', message: 'no' } }) };
    const { client } = following(refusal, { redirected: true });
    expect(await reasonOf(client.create(input))).toMatchObject({
      code: 'CREATE_AMBIGUOUS',
      message: expect.stringContaining('the platform followed a redirect by itself'),
    });
  });
});

describe('the input of a create', () => {
  it('is sent as it was at the call, whatever becomes of it meanwhile', async () => {
    for (const how of ['create', 'run'] as const) {
      const { clock, client, posts } = studio(said('queued'));
      const mutable = { ...input, extra: { camera: { fixed: true }, tags: ['a'] } };
      const made = client[how](mutable);
      mutable.extra.camera.fixed = false;
      mutable.extra.tags.push('b');
      Object.assign(mutable, { seconds: 5 });
      if ('subscribe' in made) made.subscribe();
      await clock.advance(1_000);
      const parts = posts()[0]?.request.body as readonly { name: string; value: string }[];
      const sent = Object.fromEntries(parts.map(({ name, value }) => [name, value]));
      expect(sent).toEqual({ model: input.model, prompt: input.prompt, camera: '{"fixed":true}', tags: '["a"]' });
    }
  });

  it('may go in circles, which no API takes', () => {
    const { client } = studio(said('queued'));
    const extra: Record<string, unknown> = {};
    extra['extra'] = { extra };
    expect(() => client.run({ ...input, extra })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

describe('the options of a create', () => {
  it.each<[string, unknown]>([
    ['a mistyped name', { idempotencykey: 'a' }],
    ['a text', 'order-1'],
    ['null', null],
  ])('are refused before anything is sent: %s', (_, options) => {
    const { client, posts } = studio(said('queued'));
    for (const how of ['create', 'run'] as const) {
      expect(() => client[how](input, options as CreateOptions)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(/^create options: /) }),
      );
    }
    expect(posts()).toEqual([]);
  });
});
