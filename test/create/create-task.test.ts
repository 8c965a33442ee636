import { describe, expect, it } from 'vitest';
import { cometapi, createBudget, isLost, isRushesError } from '../../src/index.js';
import { type Answer, body, canary, ref, refused, said } from '../watch/scripted.js';
import { breaking, input, reasonOf, studio } from './studio.js';

const error = (code: string, message = 'because') => JSON.stringify({ error: { code, message } });
const ambiguous = (reason: string) =>
  `a task of doubao-seedance-2-0 may or may not have been made at https://api.cometapi.com: ${reason}; look it up there before creating again`;

describe('a create', () => {
  it('is one POST, answered with the task', async () => {
    const { clock, client, posts } = studio(said('queued', { model: 'seedance' }, 2_000));
    const made = client.create(input);
    await clock.advance(2_000);
    expect(await made).toMatchObject({ task: ref, status: 'queued', model: 'seedance' });
    await clock.advance(1_000_000);
    expect(posts()).toHaveLength(1);
    expect(posts()[0]?.request).toMatchObject({ url: 'https://api.cometapi.com/v1/videos', method: 'POST' });
    expect(clock.pending).toBe(0);
  });

  it('is ambiguous after 120 s without an answer, and goes on all the same', async () => {
    const { clock, client, posts, listen, kinds } = studio(said('queued', {}, 150_000));
    listen();
    const reason = reasonOf(client.create(input));
    await clock.advance(119_999);
    expect(kinds()).toEqual([]);
    await clock.advance(1);
    expect(await reason).toMatchObject({
      code: 'CREATE_AMBIGUOUS',
      message: ambiguous('no answer came within 120000 ms'),
      retryable: false,
    });
    expect(kinds()).toEqual(['ambiguous']);
    expect(posts()[0]?.outcome).toBe('in flight');
    await clock.advance(30_000);
    expect(posts()[0]?.outcome).toBe('answered');
    expect(kinds()).toEqual(['ambiguous', 'created']);
    expect(clock.pending).toBe(0);
  });

  it('is told to be ambiguous once, however it goes on', async () => {
    const { clock, client, listen, kinds } = studio({ kind: 'reset', afterMs: 3_000 }, { createTimeoutMs: 2_000 });
    listen();
    const reason = reasonOf(client.create(input));
    await clock.advance(5_000);
    expect(await reason).toMatchObject({ message: ambiguous('no answer came within 2000 ms') });
    expect(kinds()).toEqual(['ambiguous']);
  });

  it('does not count the wait for a permit as time without an answer', async () => {
    const { clock, client, posts } = studio(said('queued', {}, 90_000), {
      budget: createBudget({ concurrency: 1, scheduler: { now: () => 0, schedule: () => undefined as never } }),
    });
    const both = Promise.all([client.create(input), client.create(input)]);
    await clock.advance(180_000);
    expect((await both).map(({ status }) => status)).toEqual(['queued', 'queued']);
    expect(posts()).toHaveLength(2);
  });

  it.each<[string, Answer, string]>([
    ['a broken socket', { kind: 'reset', afterMs: 50 }, 'the request could not be completed: fetch failed'],
    ['500', refused(500, error('oops')), 'cometapi left open whether it created a task (HTTP 500): oops: because'],
    [
      '502 with a page',
      refused(502, '<html><title>Bad</title>'),
      'left open whether it created a task (HTTP 502): Bad',
    ],
    ['503 with a hint', refused(503, '', { 'retry-after': '5' }), 'left open whether it created a task (HTTP 503)'],
    ['504', refused(504), 'left open whether it created a task (HTTP 504)'],
    ['408', refused(408, error('slow')), 'left open whether it created a task (HTTP 408)'],
    ['an empty 200', refused(200), 'left open whether it created a task (HTTP 200)'],
    ['half a body', refused(200, body('queued').slice(0, 20)), 'left open whether it created a task (HTTP 200)'],
    ['200 without an id', refused(200, '{"status":"queued"}'), 'left open whether it created a task (HTTP 200)'],
    ['200 with an error', refused(200, error('busy')), 'left open whether it created a task (HTTP 200): busy: because'],
    ['200 with a page', refused(200, '<html>'), 'left open whether it created a task (HTTP 200)'],
    ['a 4xx page', refused(403, '<html>no</html>'), 'left open whether it created a task (HTTP 403)'],
  ])('is ambiguous after %s, and not sent again', async (_, answer, why) => {
    const { clock, client, posts, listen, activity } = studio(answer);
    listen();
    const reason = await settled(clock, client.create(input));
    expect(reason).toMatchObject({
      code: 'CREATE_AMBIGUOUS',
      message: expect.stringContaining(why),
      retryable: false,
    });
    expect(isLost(reason)).toBe(false);
    expect(activity.at(-1)).toEqual({ kind: 'ambiguous', provider: 'cometapi', error: reason });
    await clock.advance(1_000_000);
    expect(posts()).toHaveLength(1);
  });

  it.each<[string, Answer, string, boolean]>([
    ['400', refused(400, error('bad_prompt')), 'REJECTED', false],
    ['401', refused(401, error('no')), 'UNAUTHORIZED', false],
    ['422', refused(422, error('bad')), 'REJECTED', false],
    ['429', refused(429, error('rate')), 'RATE_LIMITED', true],
    ['a redirect', refused(307, '', { location: 'https://other.test/x?key=1' }), 'REJECTED', false],
  ])('is refused for certain by %s', async (_, answer, code, retryable) => {
    const { clock, client, posts, listen, kinds } = studio(answer);
    listen();
    const reason = await settled(clock, client.create(input));
    expect(reason).toMatchObject({ code, retryable });
    expect(kinds()).toEqual([]);
    expect(posts()).toHaveLength(1);
  });

  it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'ETIMEDOUT'])(
    'certainly made nothing when the connection failed with %s, and may be tried again',
    async (code) => {
      const { client } = studio(said('queued'), { transport: breaking(code) });
      const reason = await reasonOf(client.create(input));
      expect(reason).toMatchObject({ code: 'UNAVAILABLE', retryable: true, cause: { code } });
    },
  );

  it.each(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENETUNREACH', 'EHOSTUNREACH', 'UND_ERR_SOCKET'])(
    'is ambiguous when a connection that stood broke with %s',
    async (code) => {
      const { client } = studio(said('queued'), { transport: breaking(code, 'read') });
      const reason = await reasonOf(client.create(input));
      expect(reason).toMatchObject({ code: 'CREATE_AMBIGUOUS', cause: { cause: { code } } });
    },
  );

  it('of a task that has an id beside an error is the task', async () => {
    const { clock, client } = studio(refused(500, '{"id":"task_1","status":"queued","error":{"message":"late"}}'));
    const made = client.create(input);
    await clock.advance(100);
    expect((await made).task).toEqual(ref);
  });

  it('tells that it was made', async () => {
    const { clock, client, listen, activity } = studio(said('queued'));
    listen();
    const made = client.create(input);
    await clock.advance(100);
    const snapshot = await made;
    expect(activity).toEqual([{ kind: 'created', task: ref, snapshot }]);
  });

  it('without its key is not sent, and not ambiguous', async () => {
    const apiKey = async (): Promise<string> => {
      throw new Error('the vault is sealed');
    };
    const { client, posts } = studio(said('queued'), { over: cometapi({ apiKey }) });
    expect(await reasonOf(client.create(input))).toMatchObject({ code: 'UNAUTHORIZED', retryable: true });
    expect(await reasonOf(client.create(input))).not.toMatchObject({ code: 'CREATE_AMBIGUOUS' });
    expect(posts()).toEqual([]);
  });

  it('shows no key in its errors', async () => {
    const { clock, client } = studio(refused(500, error(`Bearer ${canary}`, canary)));
    const reason = await settled(clock, client.create(input));
    const { inspect } = await import('node:util');
    expect(inspect(reason, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(canary);
    expect(isRushesError(reason)).toBe(true);
  });
});

describe('a pause that the answer to a create asks for', () => {
  it.each([429, 503])('with a %i holds the reads of the account too', async (status) => {
    const { clock, client, askedAt, listen, activity } = studio(
      refused(status, error('rate'), { 'retry-after': '20' }, 0),
    );
    listen();
    const reason = reasonOf(client.create(input));
    await clock.advance(0);
    expect(await reason).toMatchObject(
      status === 429 ? { code: 'RATE_LIMITED', retryAfterMs: 20_000 } : { code: 'CREATE_AMBIGUOUS' },
    );
    expect(activity[0]).toEqual({
      kind: 'throttled',
      provider: 'cometapi',
      origin: 'https://api.cometapi.com',
      pauseMs: 20_000,
    });
    client.watch(ref).subscribe();
    await clock.advance(19_999);
    expect(askedAt()).toEqual([0]);
    await clock.advance(1);
    expect(askedAt()).toEqual([0, 20_000]);
  });
});

async function settled(clock: { advance(ms: number): Promise<void> }, made: Promise<unknown>): Promise<unknown> {
  const reason = reasonOf(made);
  await clock.advance(100);
  return reason;
}
