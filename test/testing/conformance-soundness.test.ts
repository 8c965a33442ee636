import { describe, expect, it } from 'vitest';
import type { Heard, Operation, Snapshot } from '../../src/index.js';
import { everyText, showsKey } from '../../src/testing/conformance/key-search.js';
import { oddityOf } from '../../src/testing/conformance/soundness.js';

const task = { provider: 'ark', id: 'cgt-1' };
const read: Operation = { kind: 'read', task };
const create: Operation = { kind: 'create', input: { model: 'm', prompt: 'p' } };
const cancel: Operation = { kind: 'cancel', task };
const live = { task, status: 'queued', providerStatus: 'queued' };
const done = { task, status: 'completed', providerStatus: 'completed' };
const said = (snapshot: object): Heard => ({ kind: 'snapshot', snapshot: snapshot as Snapshot, body: undefined });
const problem = (more: object = {}) =>
  ({ kind: 'problem', code: 'UNAVAILABLE', message: 'm', retryable: true, ...more }) as Heard;
const circular: Record<string, unknown> = {};
circular['self'] = circular;

describe('what was heard', () => {
  it.each<[Heard, Operation]>([
    [said(live), read],
    [said({ ...live, progress: 0, seconds: 0.5, createdAt: Date.UTC(2000, 0) }), read],
    [said({ ...done, progress: 100, videoUrl: 'https://a.test/', completedAt: 1_777_385_485_000 }), create],
    [said({ ...live, status: 'error', error: { message: 'm' } }), read],
    [problem(), read],
    [problem({ code: 'CREATE_AMBIGUOUS' }), create],
    [{ kind: 'done' }, cancel],
  ])('is sound: %j', (heard, operation) => {
    expect(oddityOf(heard, operation)).toBeUndefined();
  });

  it.each<[string, Heard, Operation]>([
    ['is done', { kind: 'done' }, read],
    ['is a snapshot', said(live), cancel],
    ['is neither a snapshot nor a problem', { kind: 'whatever' } as unknown as Heard, read],
    ['has the code CREATE_AMBIGUOUS', problem({ code: 'CREATE_AMBIGUOUS' }), read],
    ['has the code NOT_FOUND', problem({ code: 'NOT_FOUND' }), create],
    ['does not say whether it is retryable', problem({ retryable: undefined }), read],
    ['has no message', problem({ message: ' ' }), read],
    ['has a message of more than 2000 characters', problem({ message: 'x'.repeat(2_001) }), read],
    ['has control characters in its message', problem({ message: 'a\u001b[2J' }), read],
    ['cannot be said as JSON', { ...said(live), body: circular } as Heard, read],
    ['has a task with an id that is none', said({ ...live, task: { provider: 'ark', id: '..' } }), create],
    ['has a task with an id that is none', said({ ...live, task: undefined }), create],
    ['is about another task', said({ ...live, task: { provider: 'ark', id: 'cgt-2' } }), read],
    ['is about another task', said({ ...live, task: { provider: 'arc', id: 'cgt-1' } }), read],
    ['is no plain JSON', said({ ...live, model: undefined }), read],
    ['is no plain JSON', said({ ...live, progress: Number.NaN }), read],
    ['is no plain JSON', said({ ...live, raw: new Map() }), read],
    ['is no plain JSON', said({ ...live, [Symbol('x')]: 1 }), read],
    ['has no status', said({ ...live, status: 'SUCCESS' }), read],
    ['has a progress outside 0-100', said({ ...live, progress: -1 }), read],
    ['has no length in seconds', said({ ...live, seconds: 0 }), read],
    ['has a time outside 2000-2100', said({ ...live, createdAt: 1_777_385_418 }), read],
    ['has a time outside 2000-2100', said({ ...done, expiresAt: 1e15 }), read],
    ['has no providerStatus', said({ task, status: 'queued' }), read],
    ['has a text of more than 2000 characters', said({ ...live, model: 'x'.repeat(2_001) }), read],
    ['has no error', said({ ...live, status: 'failed' }), read],
    ['has an error, but has not failed', said({ ...done, error: { message: 'm' } }), read],
    ['has no message of 1-2000 characters in its error', said({ ...live, status: 'failed', error: {} }), read],
    ['has a link, but has not completed', said({ ...live, videoUrl: 'https://a.test/' }), read],
    ['has a link that is none', said({ ...done, videoUrl: 'data:,x' }), read],
    ['has a link that is none', said({ ...done, videoUrl: `https://a.test/${'x'.repeat(8_192)}` }), read],
  ])('%s: %j', (oddity, heard, operation) => {
    expect(oddityOf(heard, operation)).toBe(oddity);
  });
});

describe('the search for a key', () => {
  const key = 'sk-canary/0123+456789=abcdef';

  it.each([
    key,
    key.toUpperCase(),
    encodeURIComponent(key),
    JSON.stringify({ key }),
    Buffer.from(key).toString('hex'),
    ...['', 'u', 'us', 'user:'].map((before) => btoa(before + key)),
    Buffer.from(`user:${key}`).toString('base64url'),
  ])('finds it in %s', (text) => {
    expect(showsKey(`before ${text} after`, key)).toBe(true);
  });

  it('finds nothing where nothing is', () => {
    expect(showsKey(`sk-canary/${btoa('another key, as long as this')}`, key)).toBe(false);
  });

  it.each<[string, unknown]>([
    ['a field', { a: [{ b: key }] }],
    ['the name of a field', { [key]: 1 }],
    ['a hidden field', Object.defineProperty({}, 'x', { value: key })],
    ['a symbol', { [Symbol('x')]: key }],
    ['a getter', Object.defineProperty({}, 'x', { get: () => key })],
    ['an inherited getter', Object.create(Object.defineProperty({}, 'x', { get: () => key }))],
    ['a field of a function', Object.assign(() => 1, { key })],
    ['a map', new Map([['x', new Set([key])]])],
    ['its own circle', Object.assign(circular, { key })],
  ])('looks into %s', (_, value) => {
    expect(everyText(value)).toContain(key);
  });

  it('calls nothing, and survives a getter that throws', () => {
    const guarded = Object.defineProperty({ call: () => key }, 'x', {
      get: () => {
        throw new Error(key);
      },
    });
    expect(everyText(guarded)).not.toContain(key);
  });
});
