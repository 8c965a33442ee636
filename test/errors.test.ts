import { inspect } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import {
  aboutTask,
  type ErrorCode,
  invalidArgument,
  isLost,
  isRushesError,
  messageOf,
  RushesError,
} from '../src/errors.js';
import { aTask, snapshotOf } from './task/snapshots.js';

const otherTask = { provider: 'ark', id: 'cgt-1' };
const lastSnapshot = snapshotOf('in_progress', { progress: 7 });

async function anotherCopy(): Promise<typeof import('../src/errors.js')> {
  vi.resetModules();
  return import('../src/errors.js');
}

describe('RushesError', () => {
  test('has code, message and retryable, and nothing that it was not told', () => {
    const error = new RushesError('NOT_FOUND', 'no such task');
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.code, error.message, error.retryable]).toEqual([
      'RushesError',
      'NOT_FOUND',
      'no such task',
      false,
    ]);
    expect(Object.keys(error).sort()).toEqual(['code', 'retryable']);
    for (const key of ['task', 'retryAfterMs', 'lastSnapshot', 'cause']) expect(Object.hasOwn(error, key)).toBe(false);
  });

  test('keeps what it is told, showing only what may be shown', () => {
    const details = { task: aTask, retryable: true, retryAfterMs: 0, lastSnapshot, cause: new Error('reset') };
    const error = new RushesError('UNAVAILABLE', 'no answer', details);
    expect({ ...error }).toEqual({ code: 'UNAVAILABLE', retryable: true, task: aTask, retryAfterMs: 0 });
    expect(error.lastSnapshot).toBe(lastSnapshot);
    expect(error.cause).toEqual({ name: 'Error', message: 'reset' });
    for (const key of ['name', 'lastSnapshot', 'cause', Symbol.for('rushes.error')]) {
      const { enumerable, writable, configurable } = Object.getOwnPropertyDescriptor(error, key) ?? {};
      expect({ enumerable, writable, configurable }).toEqual({
        enumerable: false,
        writable: false,
        configurable: true,
      });
    }
  });

  test('says code, message, task and status as JSON, and no more', () => {
    const bare = new RushesError('RATE_LIMITED', 'slow down', { retryAfterMs: 5, retryable: true });
    expect(JSON.stringify(bare)).toBe('{"code":"RATE_LIMITED","message":"slow down"}');
    const snapshot = snapshotOf('completed', { videoUrl: 'https://v.test/1.mp4?sig=canary' });
    const told = new RushesError('DEADLINE', 'too late', { task: aTask, lastSnapshot: snapshot, cause: 'canary' });
    expect(told.toJSON()).toEqual({ code: 'DEADLINE', message: 'too late', task: aTask, status: 'completed' });
    expect(JSON.stringify(told)).not.toContain('canary');
  });
});

describe('isRushesError', () => {
  test('recognises the errors of every copy of the library', async () => {
    const copy = await anotherCopy();
    const theirs = new copy.RushesError('STALLED', 'nothing new', { task: aTask });
    expect(theirs).not.toBeInstanceOf(RushesError);
    expect([
      isRushesError(theirs),
      isLost(theirs),
      copy.isLost(new RushesError('STALLED', '', { task: aTask })),
    ]).toEqual([true, true, true]);
    expect(new RushesError('STALLED', '', { cause: theirs }).cause).toBe(theirs);
    expect(aboutTask(theirs, otherTask)).toBe(theirs);
  });

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['text', 'RushesError'],
    ['another error', new Error('no')],
    ['a famous name', Object.assign(new Error('no'), { name: 'RushesError', code: 'STALLED' })],
    ['a plain object', { code: 'STALLED', message: 'no', task: aTask }],
    ['a brand that is not true', { [Symbol.for('rushes.error')]: 1 }],
  ])('%s is none', (_what, value) => {
    expect([isRushesError(value), isLost(value)]).toEqual([false, false]);
  });
});

describe('isLost', () => {
  test.each<[ErrorCode, boolean]>([
    ['INVALID_ARGUMENT', true],
    ['UNAUTHORIZED', true],
    ['NOT_FOUND', true],
    ['RATE_LIMITED', true],
    ['UNAVAILABLE', true],
    ['BAD_RESPONSE', true],
    ['DEADLINE', true],
    ['STALLED', true],
    ['SOURCE_ENDED', true],
    ['UNSUPPORTED', true],
    ['REJECTED', true],
    ['CREATE_AMBIGUOUS', false],
    ['TASK_FAILED', false],
  ])('%s of a task: %s; without one never', (code, expected) => {
    expect(isLost(new RushesError(code, 'x', { task: aTask }))).toBe(expected);
    expect(isLost(new RushesError(code, 'x'))).toBe(false);
  });
});

describe('aboutTask', () => {
  test('a foreign error is trouble of the source', () => {
    const error = aboutTask(new TypeError('fetch failed'), aTask, lastSnapshot);
    expect({ ...error }).toEqual({ code: 'UNAVAILABLE', retryable: true, task: aTask });
    expect(error.message).toBe('the source of the task failed: fetch failed');
    expect([error.lastSnapshot, error.cause]).toEqual([lastSnapshot, { name: 'TypeError', message: 'fetch failed' }]);
  });

  test('an error without a task is told again, whole', () => {
    const before = new RushesError('RATE_LIMITED', 'slow', { retryable: true, retryAfterMs: 9, cause: new Error('x') });
    const error = aboutTask(before, aTask, lastSnapshot);
    expect({ ...error }).toEqual({ code: 'RATE_LIMITED', retryable: true, retryAfterMs: 9, task: aTask });
    expect([error.message, error.lastSnapshot, error.cause]).toEqual([
      'slow',
      lastSnapshot,
      { name: 'Error', message: 'x' },
    ]);
  });

  test('what it knows stays, what it lacks is added', () => {
    const knowsTask = new RushesError('DEADLINE', 'late', { task: otherTask });
    expect(aboutTask(knowsTask, aTask)).toBe(knowsTask);
    const added = aboutTask(knowsTask, aTask, lastSnapshot);
    expect([added.task, added.lastSnapshot, added.retryable]).toEqual([otherTask, lastSnapshot, false]);
    const knowsAll = new RushesError('DEADLINE', 'late', { task: otherTask, lastSnapshot });
    expect(aboutTask(knowsAll, aTask, snapshotOf('queued'))).toBe(knowsAll);
    const knowsNews = new RushesError('DEADLINE', 'late', { lastSnapshot });
    expect(aboutTask(knowsNews, aTask, snapshotOf('queued')).lastSnapshot).toBe(lastSnapshot);
    expect(aboutTask(knowsNews, aTask)).toMatchObject({ task: aTask, lastSnapshot });
  });
});

describe('a cause', () => {
  test('is kept as name, code and message, without requests, headers or sockets', () => {
    const foreign = Object.assign(new TypeError('got Bearer canary'), {
      code: 'ECONN\u0007RESET',
      request: { headers: { authorization: 'Bearer canary' } },
      canary: 'canary',
      cause: Object.assign(new Error('https://user:canary@h/p?key=canary'), { code: 'ENOTFOUND', socket: 'canary' }),
    });
    const error = new RushesError('UNAVAILABLE', 'no answer', { cause: foreign });
    expect(error.cause).toEqual({
      name: 'TypeError',
      code: 'ECONN RESET',
      message: 'got Bearer [redacted]',
      cause: { name: 'Error', code: 'ENOTFOUND', message: 'https://h/p' },
    });
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain('canary');
  });

  test.each<[string, unknown, unknown]>([
    ['null', null, { name: 'object', message: 'no message' }],
    ['text', 'boom', { name: 'string', message: '"boom"'.slice(1, -1) }],
    ['a number', 7, { name: 'number', message: '7' }],
    ['a numeric code', { code: 11, message: 'x' }, { name: 'object', message: 'x' }],
    ['a name that is none', { name: 3, message: 'x' }, { name: 'object', message: 'x' }],
    ['a bearer name', { name: 'Basic abc', message: 'x' }, { name: 'Basic [redacted]', message: 'x' }],
    [
      'a cause of null',
      { message: 'x', cause: null },
      { name: 'object', message: 'x', cause: { name: 'object', message: 'no message' } },
    ],
  ])('%s is presentable', (_what, cause, expected) => {
    expect(new RushesError('UNAVAILABLE', 'no', { cause }).cause).toEqual(expected);
  });

  test('goes three deep, also where it is its own cause', () => {
    const own = Object.assign(new Error('round'), { cause: undefined as unknown });
    own.cause = own;
    const link = { name: 'Error', message: 'round' };
    expect(new RushesError('UNAVAILABLE', 'no', { cause: own }).cause).toEqual({
      ...link,
      cause: { ...link, cause: link },
    });
  });
});

describe('invalidArgument', () => {
  test.each(
    (
      [
        [Number.NaN, 'NaN'],
        [-1, '-1'],
        [undefined, 'undefined'],
        [null, 'null'],
        [true, 'true'],
        [10n, '10'],
        ['12', '"12"'],
        ['a"b', '"a\\"b"'],
        ['Bearer canary', '"Bearer [redacted]"'],
        [`https://user:${'s'.repeat(200)}@h`, '"https://h"'],
        ['x'.repeat(101), `"${'x'.repeat(100)}"`],
        [[1], 'an array'],
        [{ a: 1 }, 'an object'],
        [() => 1, 'a function'],
        [Symbol('s'), 'a symbol'],
      ] satisfies [unknown, string][]
    ).map(([received, shown]) => [shown, received] as const),
  )('says the option, what was expected, and shows %s', (shown, received) => {
    const error = invalidArgument('budget.burst', 'a finite number', received);
    expect(error.message).toBe(`budget.burst: expected a finite number, received ${shown}`);
    expect([error.code, error.retryable]).toEqual(['INVALID_ARGUMENT', false]);
  });
});

describe('messageOf', () => {
  test.each<[string, unknown, string]>([
    ['an error', new Error('no Bearer canary'), 'no Bearer [redacted]'],
    ['an object with a message', { message: 'said' }, 'said'],
    ['an error without a message', new Error(''), 'no message'],
    ['an object', { a: 1 }, 'no message'],
    ['an object without a prototype', Object.create(null), 'no message'],
    ['a message that is no text', { message: 7 }, 'no message'],
    ['null', null, 'no message'],
    ['undefined', undefined, 'undefined'],
    ['text', 'boom', 'boom'],
    ['empty text', '', '""'],
    ['a number', 0, '0'],
    ['a symbol', Symbol('s'), 'a symbol'],
    ['a function', () => 1, 'a function'],
  ])('%s', (_what, thrown, expected) => {
    expect(messageOf(thrown)).toBe(expected);
  });
});
