import { describe, expect, it } from 'vitest';
import { type ApiKey, cometapi, createBudget, createClient, pollEvery } from '../../src/index.js';
import { createClock } from '../../src/testing/clock.js';
import { Account, notFoundGraceMs } from '../../src/watch/account.js';
import { type Answer, provider, ref, refused, said, scripted } from './scripted.js';
import { stage } from './stage.js';
import { Viewer } from './viewer.js';

const input = { model: 'doubao-seedance-2-0', prompt: 'a paper plane' };
const notFound = refused(404, '{"error":{"code":"","message":"no such task"}}');

/** A server that takes 500 ms to create, and answers the n-th read (from 0) as `read` says. */
function studio(read: (nth: number) => Answer) {
  let reads = 0;
  return stage((_, { method }) => (method === 'POST' ? said('queued', {}, 500) : read(reads++)), {
    cadence: pollEvery(1_000),
    retry: { initialMs: 2_000, maxMs: 2_000 },
  });
}

describe('a task that is not found', () => {
  it('is waited for when this client created it', async () => {
    const { clock, client, askedAt } = studio((nth) => (nth < 20 ? notFound : said('completed')));
    const created = client.create(input);
    await clock.advance(500);
    const viewer = new Viewer(client.watch(await created));
    await clock.advance(22_600);
    expect([viewer.end, viewer.last?.status]).toEqual(['complete', 'completed']);
    expect(askedAt()).toHaveLength(22);
  });

  it('is given up 30 s after the create was answered', async () => {
    const { clock, client, now } = studio(() => notFound);
    const created = client.create(input);
    await clock.advance(500);
    await clock.advance(1_000);
    const viewer = new Viewer(client.watch((await created).task));
    let lostAt = 0;
    viewer.subscription?.add(() => {
      lostAt = now();
    });
    await clock.advance(60_000);
    expect(viewer.error).toMatchObject({ code: 'NOT_FOUND', retryable: false, task: ref });
    // Asked at 1500 and each 1100 ms: the first answer that is not before 30500 comes at 30 200 + 1 100.
    expect(lostAt).toBe(31_300);
  });

  it('is given up at once when it was found before', async () => {
    const { clock, client, askedAt } = studio((nth) => (nth === 0 ? said('queued') : notFound));
    const created = client.create(input);
    await clock.advance(500);
    const viewer = new Viewer(client.watch(await created));
    await clock.advance(5_000);
    expect(viewer.error).toMatchObject({ code: 'NOT_FOUND', lastSnapshot: { status: 'queued' } });
    expect(askedAt()).toEqual([0, 500, 1_600]);
  });

  it('is another matter than a key that is refused', async () => {
    const { clock, client, askedAt } = studio(() => refused(401));
    const created = client.create(input);
    await clock.advance(500);
    const viewer = new Viewer(client.watch(await created));
    await clock.advance(5_000);
    expect(viewer.error).toMatchObject({ code: 'UNAUTHORIZED', retryable: false });
    expect(askedAt()).toEqual([0, 500]);
  });

  it('is given up at once when it was only watched', async () => {
    const { clock, client, askedAt } = studio(() => notFound);
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(5_000);
    expect(viewer.error).toMatchObject({ code: 'NOT_FOUND', retryable: false });
    expect(askedAt()).toEqual([0]);
  });

  it('is given up at once when this client created another one', async () => {
    const { clock, client, askedAt } = studio(() => notFound);
    const created = client.create(input);
    await clock.advance(500);
    expect((await created).task).toEqual(ref);
    const viewer = new Viewer(client.watch('task_2'));
    await clock.advance(5_000);
    expect(viewer.error).toMatchObject({ code: 'NOT_FOUND' });
    expect(askedAt()).toEqual([0, 500]);
  });

  it('is waited for by all clients made from the one that created it, and by no other', async () => {
    const { clock, client, server } = studio((nth) => (nth < 6 ? notFound : said('completed')));
    const created = client.with({}).create(input);
    await clock.advance(500);
    await created;
    const stranger = createClient(provider(), { transport: server.transport, scheduler: clock });
    const viewers = [client, client.with({ raw: true }), stranger].map((each) => new Viewer(each.watch(ref)));
    await clock.advance(20_000);
    expect(viewers.map(({ end }) => (end === 'complete' ? end : 'lost'))).toEqual(['complete', 'complete', 'lost']);
  });

  it('is waited for in one look too, as far as the error says', async () => {
    const { clock, client } = studio(() => notFound);
    const created = client.create(input);
    await clock.advance(500);
    await created;
    for (const [ms, retryable] of [
      [29_900, true],
      [100, false],
    ] as const) {
      const reason = client.read(ref).catch((error: unknown) => error);
      await clock.advance(ms);
      expect(await reason).toMatchObject({ code: 'NOT_FOUND', retryable });
    }
  });
});

const rejecting = (): ApiKey => () => Promise.reject(new Error('no'));

describe('an account', () => {
  const account = () => new Account(provider(), createBudget());

  it('expects a task for 30 s, to the millisecond', () => {
    const opened = account();
    expect(notFoundGraceMs).toBe(30_000);
    expect(opened.mayAppear(ref, 0)).toBe(false);
    opened.expect(ref, 1_000);
    expect([1_000, 30_999, 31_000].map((ms) => opened.mayAppear(ref, ms))).toEqual([true, true, false]);
    expect(opened.mayAppear({ ...ref, provider: 'ark' }, 1_000)).toBe(false);
  });

  it('forgets what it expected when it is found, or when others are expected later', () => {
    const opened = account();
    opened.expect(ref, 0);
    opened.found(ref);
    expect(opened.mayAppear(ref, 1)).toBe(false);
    const late = { ...ref, id: 'late' };
    opened.expect(ref, 0);
    opened.expect(late, 30_000);
    expect([opened.mayAppear(ref, 10), opened.mayAppear(late, 10)]).toEqual([false, true]);
    opened.expect(ref, 30_001);
    expect([opened.mayAppear(ref, 30_001), opened.mayAppear(late, 30_001)]).toEqual([true, true]);
  });

  it('has answered well once a task was found', () => {
    const opened = account();
    expect(opened.hasAnsweredWell).toBe(false);
    opened.found(ref);
    expect(opened.hasAnsweredWell).toBe(true);
    expect(opened.origin).toBe('https://api.cometapi.com');
  });

  it.each<[string, ApiKey, ApiKey, boolean]>([
    ['a key', 'sk-1', 'sk-1', true],
    ['two keys', 'sk-1', 'sk-2', false],
    ['a key and a function that gives it', 'sk-1', () => 'sk-1', true],
    ['functions that fetch it', async () => 'sk-1', async () => 'sk-1', false],
    ['functions that fail', rejecting(), rejecting(), false],
  ])('shares the lane of others with %s', (_, first, second, isShared) => {
    const budget = createBudget();
    const [a, b] = [first, second].map((apiKey) => new Account(cometapi({ apiKey }), budget));
    expect(a?.lane === b?.lane).toBe(isShared);
    expect(a?.lane).toBe(a?.lane);
  });

  it('whose key function throws has a lane of its own', () => {
    const apiKey = (): string => {
      throw new Error('locked');
    };
    const budget = createBudget();
    expect(new Account(cometapi({ apiKey }), budget).lane).not.toBe(new Account(cometapi({ apiKey }), budget).lane);
  });
});

describe('a pause', () => {
  it.each([429, 503])(
    'asked for with a %i holds all clients of one budget, origin and key, and no other',
    async (status) => {
      const clock = createClock();
      const budget = createBudget({ scheduler: clock });
      const startMs = clock.now();
      const asked: string[] = [];
      const server = scripted(clock, (nth, { url, headers }) => {
        asked.push(`${headers['authorization']?.slice(-1)} ${new URL(url).host} ${clock.now() - startMs}`);
        return nth === 0 ? refused(status, '', { 'retry-after': '8' }) : refused(200, '{"status":"completed"}');
      });
      const options = { transport: server.transport, scheduler: clock, budget, random: () => 0.5 };
      const client = (apiKey: string, baseUrl = 'https://api.test') =>
        createClient(cometapi({ apiKey, baseUrl }), options);
      const viewers = [new Viewer(client('a').watch('1'))];
      await clock.advance(200);
      viewers.push(new Viewer(client('a').watch('2')));
      viewers.push(new Viewer(client('b').watch('3')));
      viewers.push(new Viewer(client('a', 'https://other.test').watch('4')));
      await clock.advance(60_000);
      expect(viewers.map(({ end }) => end)).toEqual(['complete', 'complete', 'complete', 'complete']);
      expect(asked).toEqual([
        'a api.test 0',
        'b api.test 200',
        'a other.test 200',
        'a api.test 8100',
        'a api.test 8600',
      ]);
    },
  );

  it('does not hold a client with a budget of its own', async () => {
    const clock = createClock();
    const server = scripted(clock, (nth) =>
      nth === 0 ? refused(429, '', { 'retry-after': '8' }) : refused(200, '{"status":"completed"}'),
    );
    const client = () => createClient(provider(), { transport: server.transport, scheduler: clock });
    new Viewer(client().watch('1'));
    await clock.advance(200);
    const other = new Viewer(client().watch('2'));
    await clock.advance(100);
    expect(other.end).toBe('complete');
  });

  it('is not asked for by a 429 without a hint', async () => {
    const { clock, client, askedAt } = stage((nth) =>
      nth === 0 ? refused(429) : refused(200, '{"status":"completed"}'),
    );
    new Viewer(client.watch('1'));
    await clock.advance(200);
    const other = new Viewer(client.watch('2'));
    await clock.advance(100);
    expect(other.end).toBe('complete');
    expect(askedAt()).toEqual([0, 200]);
  });
});
