import { describe, expect, test } from 'vitest';
import { readProblem } from '../../src/providers/read-problem.js';

const nested = (levels: number): string =>
  JSON.stringify({ error: { code: `level-${levels}`, message: levels === 0 ? 'the bottom' : nested(levels - 1) } });

describe('readProblem', () => {
  test.each([
    [
      'flat, new-api',
      { code: 'task_not_exist', message: 'task_not_exist', data: null },
      { code: 'task_not_exist', message: 'task_not_exist' },
    ],
    [
      'nested, OpenAI',
      { error: { code: 'invalid_api_key', message: 'Incorrect', type: 'x', param: null } },
      { code: 'invalid_api_key', message: 'Incorrect' },
    ],
    [
      'an empty code',
      { error: { code: '', message: 'Invalid token', type: 'new_api_error' } },
      { message: 'Invalid token' },
    ],
    ['a code of null', { error: { code: null, message: 'not found' } }, { message: 'not found' }],
    ['no code', { error: { message: 'Task not found', type: 'invalid_request_error' } }, { message: 'Task not found' }],
    ['a numeric code', { error: { code: 1301, message: 'no' } }, { code: '1301', message: 'no' }],
    ['a code as text', { error: { code: '1301', message: 'no' } }, { code: '1301', message: 'no' }],
    ['error as text', { error: 'boom' }, { message: 'boom' }],
    ['fail_reason', { status: 'FAILURE', fail_reason: 'upstream timeout' }, { message: 'upstream timeout' }],
    ['failure_reason, Ark lists', { failure_reason: 'no credit' }, { message: 'no credit' }],
    ['msg', { code: 500, msg: 'no' }, { code: '500', message: 'no' }],
    ['detail', { detail: 'Not Found' }, { message: 'Not Found' }],
    ['detail as a list', { detail: [{ loc: ['body'], msg: 'field required' }] }, { message: 'field required' }],
    ['Hailuo', { status: 'failed', metadata: { url: 'content was blocked' } }, { message: 'content was blocked' }],
    ['good news around a failure', { code: 'success', message: 'ok', status: 'failed' }, {}],
    ['an address among the reasons', { fail_reason: 'https://cdn.example.com/a.mp4' }, {}],
    ['nothing', { error: null }, {}],
    ['an empty object', { error: {} }, {}],
    ['a number', { error: 7 }, {}],
    ['an empty message, then another', { error: { message: ' ' }, fail_reason: 'because' }, { message: 'because' }],
    [
      'an upstream body',
      { code: 'fail_to_fetch_task', message: nested(0) },
      { code: 'level-0', message: 'the bottom' },
    ],
    [
      'three levels of them',
      { code: 'fail_to_fetch_task', message: nested(2) },
      { code: 'level-0', message: 'the bottom' },
    ],
    ['a body that says nothing', { code: 'x', message: '{"a":1}' }, { code: 'x', message: '{"a":1}' }],
    ['a body that is torn', { code: 'x', message: '{"error":' }, { code: 'x', message: '{"error":' }],
  ])('%s', (_name, facts, problem) => {
    expect(readProblem(facts)).toEqual(problem);
  });

  test('the fourth level is text', () => {
    expect(readProblem({ message: nested(3) })).toEqual({ code: 'level-1', message: nested(0) });
  });

  test('texts are scrubbed and cut', () => {
    const { code, message } = readProblem({
      error: {
        code: 'Bearer sk-canary',
        message: `see https://u:sk-canary@x.example/a?sig=canary ${'long '.repeat(1_000_000)}`,
      },
    });
    expect(code).toBe('Bearer [redacted]');
    expect(message).toMatch(/^see https:\/\/x\.example\/a long long/);
    expect(message?.length).toBeLessThanOrEqual(2_000);
    expect(message).not.toContain('canary');
  });
});
