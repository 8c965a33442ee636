import { describe, expect, it } from 'vitest';
import { createPoller, pollOnce } from '../../src/fleet/poll-once.js';
import { createBudget, pollEvery, RushesError, type Seen, type Snapshot } from '../../src/index.js';
import { createClock } from '../../src/testing/clock.js';
import { pollSettings } from '../../src/watch/poll-source.js';
import type { ReadMemory } from '../../src/watch/read.js';
import { body, canary, provider, ref, refused, said } from '../watch/scripted.js';
import { held, instant } from '../watch/stage.js';
import { scene } from './poll-once-scene.js';

const running = { task: ref, status: 'in_progress', providerStatus: 'in_progress', progress: 40 } as const;

describe('one poll', () => {
  it('asks once, and tells what it heard', async () => {
    const { poll, askedAt, server, clock } = scene(said('in_progress', { progress: 40 }));
    const outcome = await poll();
    expect(outcome).toEqual({ snapshot: expect.objectContaining(running), next: 15_000 });
    expect(Object.isFrozen(outcome.snapshot)).toBe(true);
    expect(askedAt()).toEqual([0]);
    expect(server.requests[0]?.request).toMatchObject({ method: 'GET', url: expect.stringContaining('/task_1') });
    expect([server.inFlight, clock.pending]).toEqual([0, 0]);
  });

  it('takes an id for a task of its provider', async () => {
    const transport = instant(() => body('queued'));
    expect(await pollOnce(provider(), ref.id, { transport })).toMatchObject({ snapshot: { task: ref } });
    expect(transport.requests).toHaveLength(1);
  });

  it('tells news beside a seed', async () => {
    const seed = held('queued');
    const { snapshot, next } = await scene(said('in_progress', { progress: 40 })).poll({ seed });
    expect([snapshot?.status, next]).toEqual(['in_progress', 15_000]);
  });

  it('gives the seed itself where there is no news, also a seed that was JSON, and where only time moved', async () => {
    const { snapshot: seed } = await scene(said('queued')).poll();
    for (const known of [seed, JSON.parse(JSON.stringify(seed)) as typeof seed]) {
      const moved = said('queued', { created_at: 1_777_385_999 });
      for (const answer of [said('queued'), moved]) {
        const outcome = await scene(answer).poll({ seed: known });
        expect(outcome).toEqual({ snapshot: known, next: 15_000 });
        expect(outcome.snapshot).toBe(known);
      }
    }
  });

  it.each(['completed', 'failed', 'error', 'cancelled', 'expired'])('is the last when it hears %s', async (status) => {
    const cadence = () => expect.unreachable('nothing is left to wait for');
    const outcome = await scene(said(status)).poll({ seed: held('in_progress'), cadence });
    expect(outcome).toEqual({ snapshot: expect.objectContaining({ task: ref, status }), next: 'done' });
  });

  it('asks nothing when the seed has ended', async () => {
    const { poll, server } = scene(said('queued'));
    for (const seed of [held('completed'), held('failed', { error: { message: 'no' } }), held('expired')]) {
      const outcome = await poll({ seed, failures: 3 });
      expect(outcome).toEqual({ snapshot: seed, next: 'done' });
      expect(outcome.snapshot).toBe(seed);
    }
    expect(server.requests).toEqual([]);
  });

  it('keeps the body as received when it is wanted', async () => {
    const { poll } = scene(said('queued', { extra: [1] }));
    expect((await poll({ raw: true })).snapshot?.raw).toMatchObject({ id: ref.id, extra: [1] });
    expect((await poll()).snapshot).not.toHaveProperty('raw');
  });

  it('remembers nothing from one call to the next', async () => {
    const { poll } = scene(said('queued'));
    const [first, second] = [await poll(), await poll()];
    expect(second.snapshot).toEqual(first.snapshot);
    expect(second.snapshot).not.toBe(first.snapshot);
  });
});

describe('the wait after it', () => {
  it.each([
    [0, 10_000],
    [0.999, 19_990],
  ])('is within the guidance of the provider: chance %d gives %d ms', async (chance, ms) => {
    expect((await scene(said('queued')).poll({ random: () => chance })).next).toBeCloseTo(ms, 3);
  });

  it('is that of a cadence', async () => {
    expect((await scene(said('queued')).poll({ cadence: pollEvery(3_000) })).next).toBe(3_000);
  });

  it.each([
    ['Retry-After', {}, { 'retry-after': '7' }, 7_000],
    ['openai-poll-after-ms', {}, { 'openai-poll-after-ms': '1500' }, 1_500],
    ['poll_after_seconds in the body', { poll_after_seconds: 9 }, {}, 9_000],
    ['a hint that is too short to be meant', {}, { 'retry-after': '0' }, 250],
  ])('is what the server says before all else: %s', async (_, more, headers, ms) => {
    const cadence = () => expect.unreachable('the server has spoken');
    expect((await scene(refused(200, body('queued', more), headers)).poll({ cadence })).next).toBe(ms);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, '5', null, undefined])(
    'is within the guidance when the cadence answers %s',
    async (answer) => {
      expect((await scene(said('queued')).poll({ cadence: () => answer as number })).next).toBe(15_000);
    },
  );

  it('is asked for with what was seen', async () => {
    const seen: Seen[] = [];
    const cadence = (facts: Seen) => seen.push(facts);
    const seed = (await scene(said('queued')).poll({ cadence })).snapshot;
    const counts = { polls: 4, elapsedMs: 90_000, sinceChangeMs: 30_000 };
    await scene(said('queued')).poll({ seed, ...counts, cadence });
    const { snapshot } = await scene(said('in_progress')).poll({ seed, ...counts, cadence });
    expect(seen).toEqual([
      { polls: 1, elapsedMs: 0, sinceChangeMs: 0, snapshot: seed },
      { polls: 5, elapsedMs: 90_000, sinceChangeMs: 30_000, snapshot: seed },
      { polls: 5, elapsedMs: 90_000, sinceChangeMs: 0, snapshot },
    ]);
  });

  it.each([
    ['anything', new RangeError('no idea')],
    ['an error of ours', new RushesError('STALLED', 'seen enough')],
    ['what looks like passing trouble', new RushesError('UNAVAILABLE', 'no', { task: ref, retryable: true })],
    ['what looks like a loss', new RushesError('NOT_FOUND', 'no', { task: ref })],
  ])('cannot be had from a cadence that throws %s: it rejects with that', async (_, error) => {
    const cadence = () => {
      throw error;
    };
    await expect(scene(said('queued')).poll({ cadence })).rejects.toBe(error);
  });
});

describe('polls with one budget', () => {
  it('wait for one another', async () => {
    const { clock, begin, askedAt, server } = scene(said('queued'));
    const budget = createBudget({ concurrency: 1, scheduler: clock });
    const both = [begin({ budget }), begin({ budget })];
    await clock.advance(99);
    expect([server.requests.length, server.inFlight]).toEqual([1, 1]);
    await clock.advance(101);
    expect(await Promise.all(both)).toMatchObject([{ next: 15_000 }, { next: 15_000 }]);
    expect(askedAt()).toEqual([0, 100]);
  });

  it('keep the pause that one of them was asked for; with budgets of their own they do not', async () => {
    for (const isShared of [true, false]) {
      const { clock, begin, askedAt } = scene(refused(429, '', { 'retry-after': '7' }), said('queued'));
      const budget = createBudget({ scheduler: clock });
      const ask = () => begin(isShared ? { budget } : {});
      const first = ask();
      await clock.advance(100);
      expect(await first).toMatchObject({ trouble: { code: 'RATE_LIMITED' } });
      const second = ask();
      await clock.advance(10_000);
      expect(await second).toMatchObject({ snapshot: { status: 'queued' } });
      expect(askedAt()).toEqual([0, isShared ? 7_100 : 100]);
    }
  });

  it('are not asked at once beyond it for a request that nobody answers', async () => {
    const { clock, begin, askedAt } = scene({ kind: 'hang' }, said('queued'));
    const budget = createBudget({ concurrency: 1, scheduler: clock });
    const both = [begin({ budget, requestTimeoutMs: 5_000 }), begin({ budget })];
    await clock.advance(5_100);
    const [hanging, other] = await Promise.all(both);
    expect([hanging?.trouble?.code, other?.snapshot?.status]).toEqual(['UNAVAILABLE', 'queued']);
    expect(askedAt()).toEqual([0, 5_000]);
  });
});

describe('the key', () => {
  it('is in no outcome', async () => {
    const echo = JSON.stringify({ error: { message: `no such key: ${canary}` } });
    for (const status of [200, 401, 404, 500]) {
      const outcome = await scene(refused(status, echo)).poll({ raw: true });
      const { message } = (outcome.lost ?? outcome.trouble) as RushesError;
      expect(`${JSON.stringify(outcome)}${message}`).not.toContain(canary);
      expect(message).toContain('no such key');
    }
  });
});

describe('time', () => {
  it('is that of the scheduler alone', async () => {
    const clock = createClock();
    const outcome = pollOnce(provider(), ref, { transport: instant(() => body('queued')), scheduler: clock });
    expect(await outcome).toMatchObject({ snapshot: { status: 'queued' } });
    expect(clock.pending).toBe(0);
  });

  it('is not read again by an engine that remembers, where it says the same in the same words', () => {
    const texts = [
      body('queued'),
      body('queued'),
      body('queued', { created_at: 1 }),
      body('queued', { created_at: 1 }),
    ];
    const heard: string[] = [];
    const asked = provider();
    const watched = {
      ...asked,
      hear: ((operation, response) => {
        heard.push(response.text);
        return asked.hear(operation, response);
      }) as typeof asked.hear,
    };
    const poll = createPoller(watched, pollSettings({ transport: instant(() => texts.shift() ?? '') }));
    const memory: ReadMemory = { task: ref };
    let seed: Snapshot | undefined;
    for (const _ of [1, 2, 3, 4]) {
      poll(ref, { seed }, memory).subscribe(({ snapshot }) => {
        expect(snapshot).toBe(seed ?? snapshot);
        seed = snapshot;
      });
      expect(memory.lastSnapshot).toBe(seed);
    }
    expect(heard).toEqual([body('queued'), body('queued', { created_at: 1 })]);
  });

  it('leaves no long answer in a memory', () => {
    const remembered = (length: number) => {
      const text = body('queued', { padding: 'x'.repeat(length) });
      const memory: ReadMemory = { task: ref };
      createPoller(provider(), pollSettings({ transport: instant(() => text) }))(ref, {}, memory).subscribe();
      return memory.lastText === text;
    };
    expect([remembered(7_000), remembered(9_000)]).toEqual([true, false]);
  });
});
