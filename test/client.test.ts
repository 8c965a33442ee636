import { EMPTY, NEVER, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ark, type Backend, cometapi, createClient, pollEvery, type Snapshot, type TaskLike } from '../src/index.js';
import { createClock } from '../src/testing/clock.js';
import { body, canary, provider, ref, refused, said, scripted } from './watch/scripted.js';
import { held, stage } from './watch/stage.js';
import { Viewer } from './watch/viewer.js';

const reasonOf = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

describe('a task', () => {
  it('is named by its id, its ref or what is known of it', async () => {
    const { clock, client, server } = stage([said('completed')]);
    const refFromJson = JSON.parse(JSON.stringify(ref));
    const known = JSON.parse(JSON.stringify(held('queued', { progress: 3 })));
    const viewers = [ref.id, ref, refFromJson, known].map((task: TaskLike) => new Viewer(client.watch(task)));
    await clock.advance(100);
    expect(viewers.map(({ end }) => end)).toEqual(Array.from({ length: 4 }, () => 'complete'));
    expect(server.requests).toHaveLength(1);
    expect(viewers.map(({ heard }) => heard.length)).toEqual([2, 2, 2, 2]);
  });

  it('that has ended, from JSON, is itself and asks nobody', async () => {
    const { client, server } = stage([]);
    const ended = JSON.parse(JSON.stringify(held('failed', { error: { message: 'no' } })));
    const viewer = new Viewer(client.watch(ended));
    expect([viewer.heard, viewer.end, server.requests.length]).toEqual([[ended], 'complete', 0]);
  });

  it.each<[unknown, string]>([
    ['', 'task.id: expected 1-512 characters, received ""'],
    ['..', 'task.id: expected an id that is not "." or "..", which would walk the path, received ".."'],
    ['a\nb', 'task.id: expected no control characters, received "a b"'],
    [undefined, 'task: expected an id, a { provider, id } or a snapshot, received undefined'],
    [null, 'task: expected an id, a { provider, id } or a snapshot, received null'],
    [7, 'task: expected an id, a { provider, id } or a snapshot, received 7'],
    [{ provider: 'cometapi', id: 7 }, 'task.id: expected a string, received 7'],
    [{ id: 'x' }, 'task.provider: expected 1-64 characters of a-z, 0-9 and "-", received undefined'],
    [
      { provider: 'ark', id: 'x' },
      'task.provider: expected one of this client\'s providers (cometapi), received "ark"',
    ],
    [{ task: 'x' }, 'task.task: expected a { provider, id }, received "x"'],
    [{ task: ref }, 'task.status: expected the status of a snapshot, received undefined'],
    [{ task: ref, status: 'done' }, 'task.status: expected the status of a snapshot, received "done"'],
    [{ task: { ...ref, id: '.' }, status: 'queued' }, 'task.id: expected an id that is not "." or ".."'],
  ])('is not named by %j', (task, message) => {
    const { client, server } = stage([said('queued')]);
    const calls = ['watch', 'read', 'result', 'cancel', 'content'] as const;
    for (const call of calls) {
      const refusal = expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) });
      expect(() => client[call](task as TaskLike)).toThrow(refusal);
    }
    expect(server.requests).toEqual([]);
  });

  it('has its provider named where there are several, or only a backend', () => {
    const both = createClient([cometapi({ apiKey: 'a' }), ark({ apiKey: 'b' })]);
    const alone = ', since an id alone does not say whose it is, received "x"';
    expect(() => both.watch('x')).toThrow(
      `task: expected a { provider, id } with provider one of cometapi, ark${alone}`,
    );
    expect(() => both.watch({ provider: 'openai', id: 'x' })).toThrow(
      `task.provider: expected one of this client's providers (cometapi, ark), received "openai"`,
    );
    expect(() => createClient(() => NEVER).watch('x')).toThrow(`task: expected a { provider, id }${alone}`);
    expect(() => createClient(() => NEVER).watch({ provider: 'any', id: 'x' })).not.toThrow();
  });

  it('is handed on as a ref, frozen, without anything else that came with it', async () => {
    const asked: object[] = [];
    const client = createClient((task) => {
      asked.push(task);
      return NEVER;
    });
    new Viewer(client.watch({ ...ref, apiKey: canary } as TaskLike));
    expect(asked).toEqual([ref]);
    expect(Object.isFrozen(asked[0])).toBe(true);
  });
});

describe('one look at a task', () => {
  it('is one request, beside any watch', async () => {
    const { clock, client, askedAt } = stage([said('queued'), said('in_progress'), said('queued')], {
      cadence: pollEvery(60_000),
    });
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(1_000);
    const looks = [client.read(ref), client.read(ref)];
    await clock.advance(100);
    expect((await Promise.all(looks)).map(({ status }) => status)).toEqual(['in_progress', 'queued']);
    expect([askedAt(), viewer.heard.length]).toEqual([[0, 1_000, 1_000], 1]);
  });

  it('at a backend is the first that its read gives', async () => {
    for (const read of [() => of(held('queued'), held('failed')), async () => held('queued'), () => [held('queued')]]) {
      expect((await createClient({ watch: () => NEVER, read }).read(ref)).status).toBe('queued');
    }
  });

  it.each<[string, NonNullable<Backend['read']>, string]>([
    ['throws', () => failing(), 'the source of the task failed: no bus'],
    ['rejects', async () => failing(), 'the source of the task failed: no bus'],
    ['is empty', () => EMPTY, 'the source of the task failed: no elements in sequence'],
  ])('at a backend whose read %s names the task', async (_, read, message) => {
    const reason = await reasonOf(createClient({ watch: () => NEVER, read }).read(ref));
    expect(reason).toMatchObject({ code: 'UNAVAILABLE', message, task: ref, retryable: true });
  });
});

describe('a client over a bare source', () => {
  it('can watch, and says what it cannot do', async () => {
    const source = new Subject<Snapshot>();
    const client = createClient(() => source);
    const viewer = new Viewer(client.watch(ref));
    source.next(held('completed'));
    expect(viewer.end).toBe('complete');
    const input = { model: 'm', prompt: 'p' };
    const calls = { read: client.read(ref), cancel: client.cancel(ref), content: client.content(ref) };
    for (const [part, call] of Object.entries({ ...calls, create: client.create(input) })) {
      expect(await reasonOf(call)).toMatchObject({
        code: 'UNSUPPORTED',
        message: `what this client stands on has no ${part}`,
        retryable: false,
      });
    }
  });

  it('hands everything to the backend that has it', async () => {
    const calls: unknown[] = [];
    const note =
      <T>(name: string, answer: T) =>
      async (...args: unknown[]): Promise<T> => {
        calls.push([name, ...args]);
        return answer;
      };
    const content = { status: 200, url: '', header: () => null, body: new ReadableStream<Uint8Array>() };
    const client = createClient({
      watch: () => NEVER,
      create: note('create', held('queued')),
      cancel: note('cancel', 'too-late' as const),
      content: note('content', content),
    });
    const input = { model: 'm', prompt: 'p' };
    expect(await client.create(input, { idempotencyKey: 'k' })).toEqual(held('queued'));
    expect(await client.cancel(held('queued'))).toBe('too-late');
    expect(await client.content(ref, { range: 'bytes=0-1' })).toBe(content);
    await client.content(ref);
    expect(calls).toEqual([
      ['create', input, { idempotencyKey: 'k' }],
      ['cancel', ref],
      ['content', ref, { range: 'bytes=0-1' }],
      ['content', ref, {}],
    ]);
  });
});

describe('with', () => {
  it('keeps the budget, and has watches of its own', async () => {
    const { clock, client, server, askedAt } = stage([refused(429, '', { 'retry-after': '9' }), said('queued')], {
      cadence: pollEvery(60_000),
    });
    const other = client.with({ cadence: pollEvery(2_000) });
    const first = new Viewer(client.watch(ref));
    await clock.advance(200);
    const second = new Viewer(other.watch(ref));
    await clock.advance(8_899);
    expect(server.requests).toHaveLength(1);
    await clock.advance(6_001);
    expect(askedAt()).toEqual([0, 9_100, 9_600, 11_200, 13_300]);
    expect([first.heard.length, second.heard.length]).toEqual([1, 1]);
  });

  it('keeps all that it is not told, also a second time', async () => {
    const { clock, client, askedAt } = stage([refused(200, body('queued'))], { cadence: pollEvery(2_000) });
    const raw = client.with({ raw: true }).with({ deadlineMs: 5_000 });
    const viewer = new Viewer(raw.watch(ref));
    await clock.advance(4_500);
    expect(askedAt()).toEqual([0, 2_100, 4_200]);
    expect(viewer.last?.raw).toEqual(JSON.parse(body('queued')));
    await clock.advance(1_000);
    expect(viewer.error).toMatchObject({ code: 'DEADLINE' });
  });

  it('takes another way to the network', async () => {
    const clock = createClock();
    const [one, two] = [scripted(clock, () => said('queued')), scripted(clock, () => said('completed'))];
    const client = createClient(provider(), { transport: one.transport, scheduler: clock });
    const fetch = async () => new Response(body('failed'));
    for (const [options, status] of [
      [{}, 'queued'],
      [{ transport: two.transport }, 'completed'],
      [{ fetch }, 'failed'],
    ] as const) {
      const look = client.with(options).read(ref);
      await clock.advance(100);
      expect((await look).status).toBe(status);
    }
  });

  it('over a backend changes what there is to change', async () => {
    const clock = createClock();
    const client = createClient(() => NEVER, { scheduler: clock, deadlineMs: 9_000 }).with({ deadlineMs: 4_000 });
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(3_999);
    expect(viewer.end).toBeUndefined();
    await clock.advance(1);
    expect(viewer.error).toMatchObject({ code: 'DEADLINE' });
  });
});

function failing(): never {
  throw new Error('no bus');
}
