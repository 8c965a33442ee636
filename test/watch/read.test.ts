import { describe, expect, it } from 'vitest';
import { isRushesError, pollEvery } from '../../src/index.js';
import { type Answer, body, ref, refused, said } from './scripted.js';
import { held, stage } from './stage.js';
import { Viewer } from './viewer.js';

const error = (code: string, message = 'because') => JSON.stringify({ error: { code, message } });
const page = '<html><head><title>Bad gateway</title></head></html>';
const elsewhere = { location: 'https://other.test/login?next=secret' };

type Row = readonly [what: string, answer: Answer, code: string, message: string];

/** Answers that end a watch, whatever came before. */
const final: readonly Row[] = [
  [
    '401',
    refused(401, error('x')),
    'UNAUTHORIZED',
    'cometapi refused the key or what it may do (HTTP 401): x: because',
  ],
  ['401 with a page', refused(401, page), 'UNAUTHORIZED', 'refused the key'],
  ['403', refused(403, error('', 'no rights')), 'UNAUTHORIZED', '(HTTP 403): no rights'],
  ['404 with JSON', refused(404, error('gone')), 'NOT_FOUND', 'cometapi knows no such task (HTTP 404): gone: because'],
  ['400 task_not_exist', refused(400, error('task_not_exist')), 'NOT_FOUND', '(HTTP 400): task_not_exist: because'],
  ['400 with JSON', refused(400, error('bad')), 'REJECTED', 'cometapi refused the request (HTTP 400): bad: because'],
  ['422 with JSON', refused(422, error('bad')), 'REJECTED', '(HTTP 422)'],
  ['500 invalid_request', refused(500, error('invalid_request')), 'REJECTED', '(HTTP 500): invalid_request: because'],
];

/** Answers after which a watch asks again. */
const passing: readonly Row[] = [
  ['404 with a page', refused(404, page), 'UNAVAILABLE', 'cometapi could not answer (HTTP 404): Bad gateway'],
  ['400 with a page', refused(400, page), 'UNAVAILABLE', '(HTTP 400): Bad gateway'],
  ['408', refused(408, error('slow')), 'UNAVAILABLE', '(HTTP 408): slow: because'],
  ['425', refused(425, error('early')), 'UNAVAILABLE', '(HTTP 425): early: because'],
  [
    '429',
    refused(429, error('rate')),
    'RATE_LIMITED',
    'cometapi asks to be asked less often (HTTP 429): rate: because',
  ],
  ['500', refused(500, error('oops')), 'UNAVAILABLE', '(HTTP 500): oops: because'],
  ['502 with a page', refused(502, page), 'UNAVAILABLE', '(HTTP 502): Bad gateway'],
  ['503 without a body', refused(503), 'UNAVAILABLE', 'cometapi could not answer (HTTP 503)'],
  ['524', refused(524, page), 'UNAVAILABLE', '(HTTP 524)'],
  ['an empty 200', refused(200), 'BAD_RESPONSE', 'cometapi answered nothing (HTTP 200)'],
  ['an empty 204', refused(204), 'BAD_RESPONSE', 'cometapi answered nothing (HTTP 204)'],
  ['half a body', refused(200, body('queued').slice(0, 30)), 'BAD_RESPONSE', 'answered with text that is no JSON'],
  ['a list', refused(200, '[]'), 'BAD_RESPONSE', 'answered JSON that is no task'],
  ['200 with an error', refused(200, error('busy')), 'BAD_RESPONSE', 'answered an error with no task (HTTP 200): busy'],
  ['another task', refused(200, '{"id":"b","status":"completed"}'), 'BAD_RESPONSE', 'answered about another task'],
  ['a broken socket', { kind: 'reset', afterMs: 100 }, 'UNAVAILABLE', 'could not be completed: fetch failed'],
];

/** Answers that say that the base URL is wrong, where it was never right. */
const wrongBase: readonly Row[] = [
  ['200 with a page', refused(200, page), 'BAD_RESPONSE', 'web page instead of the API, so the base URL may be wrong'],
  [
    'a redirect to elsewhere',
    refused(302, '', elsewhere),
    'BAD_RESPONSE',
    'redirected to https://other.test: the base',
  ],
  ['a redirect to nowhere', refused(307), 'BAD_RESPONSE', 'redirected to nowhere'],
  ['a 304', refused(304), 'BAD_RESPONSE', '(HTTP 304)'],
];

/** What one look at the task rejects with. */
async function lookedAt(answer: Answer): Promise<unknown> {
  const { clock, client, server } = stage([answer]);
  const reason = client.read(ref).catch((error: unknown) => error);
  await clock.advance(100);
  expect(server.requests).toHaveLength(1);
  expect(clock.pending).toBe(0);
  return reason;
}

describe('one look at a task', () => {
  it.each([...final, ...wrongBase])('rejects for good after %s', async (_, answer, code, message) => {
    const reason = await lookedAt(answer);
    expect(reason).toMatchObject({ code, message: expect.stringContaining(message), retryable: false, task: ref });
  });

  it.each(passing)('rejects after %s, and may be tried again', async (_, answer, code, message) => {
    const reason = await lookedAt(answer);
    expect(reason).toMatchObject({ code, message: expect.stringContaining(message), retryable: true, task: ref });
  });

  it('tells how long the server asked to wait', async () => {
    expect(await lookedAt(refused(429, '', { 'retry-after': '9' }))).toMatchObject({ retryAfterMs: 9_000 });
    expect(await lookedAt(refused(502, '', { 'retry-after': '0' }))).toMatchObject({ retryAfterMs: 250 });
    expect(await lookedAt(refused(429))).not.toHaveProperty('retryAfterMs');
  });
});

/** A watch that hears `answers`, and what it came to within a minute. */
async function watched(...answers: Answer[]) {
  const { clock, client, askedAt } = stage([...answers, said('completed')], { cadence: pollEvery(1_000) });
  const viewer = new Viewer(client.watch(ref));
  await clock.advance(60_000);
  return { viewer, askedAt };
}

describe('a watch', () => {
  it.each(final)('ends after %s, with what was last known', async (_, answer, code) => {
    const first = await watched(answer);
    expect(first.viewer.error).toMatchObject({ code, retryable: false, task: ref });
    expect(first.askedAt()).toEqual([0]);
    const later = await watched(said('queued'), answer);
    expect(later.viewer.error).toMatchObject({ code, task: ref, lastSnapshot: { status: 'queued' } });
    expect(later.askedAt()).toEqual([0, 1_100]);
  });

  it.each(passing)('goes on after %s', async (_, answer) => {
    const { viewer, askedAt } = await watched(answer);
    expect([viewer.end, viewer.last?.status]).toEqual(['complete', 'completed']);
    expect(askedAt()).toEqual([0, 600]);
  });

  it.each(wrongBase)('ends after %s from an origin that never answered well', async (_, answer, code) => {
    const { viewer, askedAt } = await watched(refused(502, page), answer);
    expect(viewer.error).toMatchObject({ code, retryable: false });
    expect(isRushesError(viewer.error) && viewer.error.lastSnapshot).toBeUndefined();
    expect(askedAt()).toEqual([0, 600]);
  });

  it.each(wrongBase)('goes on after %s from an origin that did answer well', async (_, answer) => {
    const { viewer, askedAt } = await watched(said('queued'), answer);
    expect([viewer.end, viewer.last?.status]).toEqual(['complete', 'completed']);
    expect(askedAt()).toEqual([0, 1_100, 1_700]);
  });

  it.each(wrongBase)('goes on after %s when another task was answered well', async (_, answer) => {
    const { clock, client } = stage([refused(200, '{"status":"queued"}'), answer, said('completed')]);
    new Viewer(client.watch('task_2')).leave();
    const other = new Viewer(client.watch('task_2'));
    await clock.advance(100);
    other.leave();
    const viewer = new Viewer(client.with({}).watch(ref));
    await clock.advance(60_000);
    expect(viewer.end).toBe('complete');
  });

  it('gives up with the last trouble, naming the task and what was known of it', async () => {
    const { clock, client, now } = stage([said('queued'), refused(502), refused(200)], {
      cadence: pollEvery(1_000),
      retry: { giveUpAfterMs: 20_000, initialMs: 1_000, maxMs: 4_000 },
    });
    let lostAt = 0;
    const viewer = new Viewer(client.watch(held('queued')));
    viewer.subscription?.add(() => {
      lostAt = now();
    });
    await clock.advance(60_000);
    expect(viewer.error).toMatchObject({ code: 'BAD_RESPONSE', retryable: true, task: ref });
    expect(isRushesError(viewer.error) && viewer.error.lastSnapshot).toMatchObject({ status: 'queued' });
    expect(lostAt).toBe(21_200);
  });
});
