import { describe, expect, test } from 'vitest';
import { cometapi } from '../../src/providers/cometapi.js';
import { answer, messageOf, outcomeOf, snapshotOf } from './answer.js';

const provider = cometapi({ apiKey: 'k' });
const task = { provider: 'cometapi', id: 'task_1' };
const read = (status: number, body: unknown, headers: Record<string, string> = {}, url = '') =>
  provider.hear({ kind: 'read', task }, answer(status, body, headers, url));

describe('a good answer to a read', () => {
  test.each([
    [
      'completed_at while running',
      { status: 'in_progress', completed_at: 1777385485, progress: 100, video_url: 'https://a.example/b' },
      'in_progress',
    ],
    ['an error while running', { status: 'queued', error: { message: 'x' } }, 'queued'],
    ['an error when completed', { status: 'completed', error: { message: 'x' } }, 'completed'],
    ['completed without an address', { status: 'completed' }, 'completed'],
    ['failed without a reason', { status: 'failed' }, 'failed'],
    ['a new word', { status: 'sleeping' }, 'unknown'],
    ['an empty word', { status: '' }, 'unknown'],
    ['a status of null', { status: null }, 'unknown'],
    ['a status of null and an error', { status: null, error: { message: 'x' } }, 'unknown'],
    ['only the id', { id: 'task_1' }, 'unknown'],
    ['only the task_id', { task_id: 'task_1' }, 'unknown'],
    ['one of two ids', { id: 'cgt-1', task_id: 'task_1', status: 'queued' }, 'queued'],
    ['an upstream id inside an envelope', { id: 'task_1', data: { id: 'cgt-1', status: 'running' } }, 'in_progress'],
    ['a row id', { id: 4711, status: 'queued' }, 'queued'],
    ['ids of null', { id: null, task_id: null, status: 'queued' }, 'queued'],
    [
      'the rc.30 regression of new-api',
      {
        created_at: 1,
        fail_reason: '',
        finished_at: 1783780092,
        platform: '1',
        progress: '100%',
        status: 'SUCCESS',
        task_id: 'task_1',
      },
      'completed',
    ],
    [
      'the older envelope of CometAPI',
      { code: 'success', message: '', data: { task_id: 'task_1', status: 'SUCCESS', fail_reason: '', data: {} } },
      'completed',
    ],
    [
      'gemini in an envelope',
      {
        code: 'success',
        data: { error: null, format: 'mp4', metadata: null, status: 'processing', task_id: 'task_1', url: '' },
      },
      'in_progress',
    ],
  ])('with %s is a snapshot', (_name, body, status) => {
    expect(outcomeOf(read(200, body))).toBe(status);
  });

  test('of a completed legacy task has its address in fail_reason', () => {
    const body = {
      code: 'success',
      data: {
        task_id: 'task_1',
        status: 'SUCCESS',
        fail_reason: 'https://a.example/b.mp4',
        submit_time: 1783780000,
        finish_time: 1783780092,
        progress: '100%',
      },
    };
    expect(snapshotOf(read(200, body))).toStrictEqual({
      task,
      status: 'completed',
      providerStatus: 'SUCCESS',
      progress: 100,
      createdAt: 1783780000000,
      videoUrl: 'https://a.example/b.mp4',
      completedAt: 1783780092000,
    });
  });

  test('is frozen, and so are its task and error', () => {
    const snapshot = snapshotOf(read(200, { status: 'failed', error: { code: 'c', message: 'm' } }));
    expect(snapshot).toMatchObject({ error: { code: 'c', message: 'm' } });
    expect([snapshot, snapshot.task, 'error' in snapshot && snapshot.error].every(Object.isFrozen)).toBe(true);
  });

  test.each([
    [5, 5_000],
    ['2.5', 2_500],
    [0, 0],
    [-1, undefined],
    ['soon', undefined],
    [null, undefined],
    ['1e400', undefined],
    [1e306, undefined],
  ])('with poll_after_seconds %j asks to wait %s ms', (seconds, ms) => {
    const heard = read(200, { status: 'queued', poll_after_seconds: seconds });
    expect('pollAfterMs' in heard ? heard.pollAfterMs : undefined).toBe(ms);
    expect('pollAfterMs' in heard).toBe(ms !== undefined);
    expect(read(200, { poll_after_seconds: seconds, data: { status: 'queued' } })).toHaveProperty(
      'snapshot.status',
      'queued',
    );
  });

  test('may have poll_after_seconds outside its envelope', () => {
    expect(read(200, { poll_after_seconds: 3, data: { status: 'queued' } })).toHaveProperty('pollAfterMs', 3_000);
  });
});

describe('an answer with 2xx that is no news', () => {
  const page = `<!doctype html><title>Sign in</title><a href="https://x.example/?sig=canary">${'x'.repeat(5_000)}`;
  test.each([
    ['an empty object', {}, 'BAD_RESPONSE again', 'cometapi answered JSON that is no task (HTTP 200)'],
    ['a list', [], 'BAD_RESPONSE again', 'JSON that is no task'],
    ['null', null, 'BAD_RESPONSE again', 'JSON that is no task'],
    ['text in JSON', '"queued"', 'BAD_RESPONSE again', 'JSON that is no task'],
    ['torn JSON', '{"status":"que', 'BAD_RESPONSE again', 'text that is no JSON (HTTP 200): {"status":"que'],
    ['nothing', '', 'BAD_RESPONSE again', 'cometapi answered nothing (HTTP 200)'],
    [
      'only an error',
      { error: { code: 'c', message: 'm' } },
      'BAD_RESPONSE again',
      'an error with no task (HTTP 200): c: m',
    ],
    [
      'an error and the id',
      { id: 'task_1', error: { message: 'm' } },
      'BAD_RESPONSE again',
      'an error with no task (HTTP 200): m',
    ],
    ['a flat error', { code: 'task_not_exist', message: 'task_not_exist' }, 'BAD_RESPONSE again', 'task_not_exist'],
    ['an empty envelope', { code: 'success', data: null }, 'BAD_RESPONSE again', 'JSON that is no task (HTTP 200)'],
    [
      'another id',
      { id: 'task_2', status: 'completed' },
      'BAD_RESPONSE again',
      'cometapi answered about another task (HTTP 200)',
    ],
    ['another task_id', { task_id: 'task_2', status: 'completed' }, 'BAD_RESPONSE again', 'another task'],
    [
      'another id in an envelope',
      { code: 'success', data: { id: 1, task_id: 'task_2', status: 'SUCCESS' } },
      'BAD_RESPONSE again',
      'another task',
    ],
    ['a status that is a number', { id: 'task_1', status: 200 }, 'BAD_RESPONSE again', 'JSON that is no task'],
    ['a status that is an object', { status: {} }, 'BAD_RESPONSE again', 'JSON that is no task'],
    ['an id that is an object', { id: {}, status: 'queued' }, 'BAD_RESPONSE again', 'JSON that is no task'],
    [
      'a task_id that is a list',
      { id: 'task_1', task_id: ['task_1'], status: 'queued' },
      'BAD_RESPONSE again',
      'JSON that is no task',
    ],
    ['a page', page, 'BAD_RESPONSE', 'a web page instead of the API, so the base URL may be wrong (HTTP 200): '],
    [
      'a prototype that says completed',
      '{"__proto__":{"status":"completed","id":"task_1"}}',
      'BAD_RESPONSE again',
      'JSON that is no task',
    ],
  ])('%s', (_name, body, outcome, part) => {
    const heard = read(200, body);
    expect(outcomeOf(heard)).toBe(outcome);
    expect(messageOf(heard)).toContain(part);
  });

  test('shows how a page starts, scrubbed', () => {
    const message = messageOf(read(200, page));
    expect(message).toContain('<!doctype html><title>Sign in</title><a href="https://x.example/">');
    expect(message).not.toContain('canary');
    expect(message.length).toBeLessThan(350);
  });
});

describe('an answer outside 2xx', () => {
  const vendor = { error: { code: 'c', message: 'm' } };
  test.each([
    [400, vendor, 'REJECTED'],
    [400, '<html>', 'UNAVAILABLE again'],
    [400, '', 'UNAVAILABLE again'],
    [400, 'Bad Request', 'UNAVAILABLE again'],
    [400, { code: 'x', message: 'task_not_exist (request id: 1)' }, 'NOT_FOUND'],
    [500, { code: 'task_not_exist', message: '' }, 'NOT_FOUND'],
    [401, vendor, 'UNAUTHORIZED'],
    [401, '<html>', 'UNAUTHORIZED'],
    [403, '', 'UNAUTHORIZED'],
    [404, vendor, 'NOT_FOUND'],
    [404, {}, 'NOT_FOUND'],
    [404, '<html>', 'UNAVAILABLE again'],
    [404, '', 'UNAVAILABLE again'],
    [405, vendor, 'REJECTED'],
    [408, vendor, 'UNAVAILABLE again'],
    [409, vendor, 'REJECTED'],
    [422, { detail: [{ msg: 'm' }] }, 'REJECTED'],
    [425, vendor, 'UNAVAILABLE again'],
    [429, vendor, 'RATE_LIMITED again'],
    [429, '', 'RATE_LIMITED again'],
    [429, '<html>', 'RATE_LIMITED again'],
    [451, vendor, 'REJECTED'],
    [500, vendor, 'UNAVAILABLE again'],
    [500, { error: { code: 'invalid_request', message: 'm' } }, 'REJECTED'],
    [503, { error: { code: 'invalid_request', message: 'm' } }, 'REJECTED'],
    [500, { error: { code: '', message: 'invalid_request' } }, 'UNAVAILABLE again'],
    [503, '<html>', 'UNAVAILABLE again'],
    [524, '<html>', 'UNAVAILABLE again'],
    [500, { id: 'task_1', status: 'completed' }, 'UNAVAILABLE again'],
    [301, '', 'BAD_RESPONSE'],
    [304, '', 'BAD_RESPONSE'],
    [101, '', 'BAD_RESPONSE'],
    [0, '', 'BAD_RESPONSE'],
    [600, vendor, 'BAD_RESPONSE'],
  ])('%i %j is %s', (status, body, outcome) => {
    const heard = read(status, body);
    expect(outcomeOf(heard)).toBe(outcome);
    expect(messageOf(heard)).toContain(`(HTTP ${status})`);
  });

  test.each([
    ['https://other.example:8443/login?token=canary', 'redirects to https://other.example:8443 (HTTP 302)'],
    ['/login?token=canary', 'redirects to https://gate.example (HTTP 302)'],
    ['https://user:canary@other.example/', 'redirects to https://other.example (HTTP 302)'],
    ['http://', 'redirects to an unknown address (HTTP 302)'],
  ])('a redirect to %s shows its origin only', (location, part) => {
    const message = messageOf(read(302, '', { location }, 'https://gate.example/v1/videos/1'));
    expect(message).toContain(part);
    expect(message).not.toContain('canary');
  });

  test('an upstream body in the message is unwrapped', () => {
    const message = JSON.stringify({ error: { code: 'InvalidParameter', message: 'duration' } });
    expect(messageOf(read(400, { code: 'fail_to_fetch_task', message }))).toBe(
      'cometapi refused the request (HTTP 400): InvalidParameter: duration',
    );
  });

  test('a message of a megabyte is cut', () => {
    expect(messageOf(read(500, { message: 'no '.repeat(400_000) }))).toHaveLength(2_000);
  });
});
