import { describe, expect, it } from 'vitest';
import { pollOnce } from '../../src/fleet/poll-once.js';
import { isLost, isRushesError } from '../../src/index.js';
import { type Answer, body, provider, ref, refused } from '../watch/scripted.js';
import { held } from '../watch/stage.js';
import { scene } from './poll-once-scene.js';

const seed = held('queued');
const error = (code: string) => JSON.stringify({ error: { code, message: 'because' } });
const page = '<html><head><title>Hello</title></head></html>';
const notFound = refused(404, error('gone'));
const otherTask = refused(200, body('completed').replace(ref.id, 'task_other'));

/** Trouble that passes, whatever is known of the task. */
const passing: readonly (readonly [what: string, answer: Answer, code: string])[] = [
  ['a broken socket', { kind: 'reset', afterMs: 100 }, 'UNAVAILABLE'],
  ['no answer at all', { kind: 'hang' }, 'UNAVAILABLE'],
  ['500', refused(500, error('oops')), 'UNAVAILABLE'],
  ['502 with a page', refused(502, page), 'UNAVAILABLE'],
  ['404 with a page', refused(404, page), 'UNAVAILABLE'],
  ['429', refused(429, error('slow')), 'RATE_LIMITED'],
  ['half a body', refused(200, body('queued').slice(0, 20)), 'BAD_RESPONSE'],
  ['nothing', refused(200), 'BAD_RESPONSE'],
  ['200 with an error', refused(200, error('busy')), 'BAD_RESPONSE'],
  ['an answer about another task, be it an end', otherTask, 'BAD_RESPONSE'],
];

/** What says for good that asking is no use. */
const final: readonly (readonly [what: string, answer: Answer, code: string])[] = [
  ['401', refused(401, error('key')), 'UNAUTHORIZED'],
  ['403', refused(403, error('rights')), 'UNAUTHORIZED'],
  ['404', notFound, 'NOT_FOUND'],
  ['400', refused(400, error('bad')), 'REJECTED'],
];

describe('trouble that passes', () => {
  it.each(passing)('is told beside the seed: %s', async (_, answer, code) => {
    const { poll, server, clock } = scene(answer);
    const outcome = await poll({ seed });
    expect(outcome).toEqual({ snapshot: seed, trouble: expect.objectContaining({ code, retryable: true }), next: 500 });
    expect(outcome.snapshot).toBe(seed);
    expect(outcome.trouble).toMatchObject({ task: ref, lastSnapshot: seed });
    expect([server.requests.length, server.inFlight, clock.pending]).toEqual([1, 0, 0]);
  });

  it.each(passing)('is told alone where nothing is known: %s', async (_, answer, code) => {
    const outcome = await scene(answer).poll();
    expect(outcome).toEqual({ trouble: expect.objectContaining({ code, task: ref }), next: 500 });
    expect(outcome).not.toHaveProperty('snapshot');
  });

  it('is waited out up to a bound that doubles with each failure, and stays at the longest wait', async () => {
    const waits = async (options: object, counts: readonly number[]) => {
      const outcomes = counts.map((failures) =>
        scene(refused(500)).poll({ failures, random: () => 0.999, ...options }),
      );
      return (await Promise.all(outcomes)).map(({ next }) => Math.round(Number(next) / 0.999));
    };
    expect(await waits({}, [0, 1, 2, 3, 4, 5, 60, 1e300])).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ]);
    expect(await waits({ retry: { initialMs: 10, maxMs: 50 } }, [0, 1, 2, 3, 4])).toEqual([10, 20, 40, 50, 50]);
  });

  it('never becomes a loss by its number, nor by the patience of a watch', async () => {
    const outcome = await scene(refused(500)).poll({ failures: 1e6, elapsedMs: 1e12, retry: { giveUpAfterMs: 0 } });
    expect(outcome).toMatchObject({ trouble: { code: 'UNAVAILABLE' }, next: 15_000 });
  });

  it('is waited out after the pause that the server asked for', async () => {
    const limited = refused(429, error('slow'), { 'retry-after': '7' });
    const outcome = await scene(limited).poll({ seed, failures: 2 });
    expect(outcome).toMatchObject({
      snapshot: seed,
      trouble: { code: 'RATE_LIMITED', retryAfterMs: 7_000 },
      next: 9_000,
    });
    const busy = await scene(refused(503, '', { 'retry-after': '3600' })).poll({ random: () => 0 });
    expect(busy).toMatchObject({ trouble: { code: 'UNAVAILABLE' }, next: 600_000 });
  });

  it.each([
    [undefined, 30_000],
    [5_000, 5_000],
  ])('is a request that takes longer than it may: %s', async (requestTimeoutMs, ms) => {
    const { clock, begin, server, now } = scene({ kind: 'hang' });
    let endedMs: number | undefined;
    const outcome = begin(requestTimeoutMs === undefined ? {} : { requestTimeoutMs });
    outcome.then(() => {
      endedMs = now();
    });
    await clock.advance(ms - 1);
    expect([endedMs, server.inFlight]).toEqual([undefined, 1]);
    await clock.advance(1);
    expect([endedMs, server.requests[0]?.outcome]).toEqual([ms, 'aborted']);
    expect(await outcome).toMatchObject({ trouble: { message: `no answer came within ${ms} ms` } });
  });

  it('is a body over the cap', async () => {
    const fetch = async () => new Response(body('queued', { padding: 'x'.repeat(2_000) }));
    const outcome = (maxBodyBytes: number) => pollOnce(provider(), ref, { fetch, maxBodyBytes });
    expect(await outcome(1_000)).toMatchObject({ trouble: { code: 'BAD_RESPONSE', retryable: true } });
    expect(await outcome(3_000)).toMatchObject({ snapshot: { status: 'queued' } });
  });
});

describe('a loss', () => {
  it.each(final)('is told beside what is known: %s', async (_, answer, code) => {
    for (const known of [{}, { seed }]) {
      const outcome = await scene(answer).poll(known);
      const snapshot = 'seed' in known ? { snapshot: seed } : {};
      expect(outcome).toEqual({ ...snapshot, lost: expect.objectContaining({ code, retryable: false }), next: 'done' });
      expect(isLost(outcome.lost)).toBe(true);
      expect(isRushesError(outcome.lost) && outcome.lost.lastSnapshot).toBe(snapshot.snapshot);
    }
  });

  it.each([
    ['a page', refused(200, page)],
    ['a redirect to elsewhere', refused(302, '', { location: 'https://other.test/' })],
    ['a 304', refused(304)],
  ])('is %s from an origin that is not known to be the API; with a seed it is, so that passes', async (_, answer) => {
    expect(await scene(answer).poll()).toEqual({
      lost: expect.objectContaining({ code: 'BAD_RESPONSE', task: ref }),
      next: 'done',
    });
    expect(await scene(answer).poll({ seed })).toEqual({
      snapshot: seed,
      trouble: expect.objectContaining({ code: 'BAD_RESPONSE', retryable: true }),
      next: 500,
    });
  });
});

describe('a task that is not found', () => {
  it.each([
    ['created this moment', 0, 'trouble'],
    ['answered inside its first 30 s', 29_899, 'trouble'],
    ['answered at 30 s', 29_900, 'lost'],
    ['answered after 30 s', 29_901, 'lost'],
    ['created long ago', 1e9, 'lost'],
  ] as const)('%s is %s ms old before it is asked about: %s', async (_, ageMs, kind) => {
    for (const known of [{}, { seed }]) {
      const outcome = await scene(notFound).poll({ ageMs, ...known });
      expect(outcome).toMatchObject({ [kind]: { code: 'NOT_FOUND', task: ref }, next: kind === 'lost' ? 'done' : 500 });
      expect(outcome).not.toHaveProperty(kind === 'lost' ? 'trouble' : 'lost');
    }
  });

  it('is lost at once where nobody says how old it is, also right after a poll that did', async () => {
    const { poll } = scene(notFound);
    expect(await poll({ ageMs: 0 })).toHaveProperty('trouble');
    expect(await poll()).toMatchObject({ lost: { code: 'NOT_FOUND' }, next: 'done' });
  });

  it('is another matter than a key that is refused', async () => {
    expect(await scene(refused(401)).poll({ ageMs: 0 })).toMatchObject({ lost: { code: 'UNAUTHORIZED' } });
  });
});
