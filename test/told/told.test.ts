import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RushesError } from '../../src/errors.js';
import type { TaskEvent } from '../../src/operators/task-event.js';
import { parseBody } from '../../src/providers/parse-body.js';
import type { Snapshot } from '../../src/task/snapshot.js';
import { snapshot as anySnapshot, hostileJson } from '../../src/testing/arbitraries.js';
import { toldError } from '../../src/told/told-error.js';
import { toldEvent } from '../../src/told/told-event.js';
import { toldSnapshot } from '../../src/told/told-snapshot.js';

const task = { provider: 'ark', id: 'cgt-1' };
const live: Snapshot = { task, status: 'in_progress', providerStatus: 'running', progress: 40 };

/** What comes out at the other end of a wire. */
function sent(value: unknown): unknown {
  const body = parseBody(JSON.stringify(value));
  return body.kind === 'json' ? body.value : undefined;
}

describe('toldSnapshot', () => {
  it.each<[string, Snapshot]>([
    ['a live one', live],
    [
      'a completed one',
      {
        task,
        status: 'completed',
        providerStatus: 'succeeded',
        progress: 100,
        createdAt: 1_764_000_000_000,
        completedAt: 1_764_000_100_000,
        expiresAt: 1_764_090_000_000,
        model: 'doubao-seedance-2-0',
        seconds: 5,
        size: '1280x720',
        videoUrl: 'https://cdn.example.com/a.mp4?sig=abc%2F',
        raw: { id: 'cgt-1', content: { video_url: 'https://cdn.example.com/a.mp4' } },
      },
    ],
    ['a failed one', { task, status: 'failed', providerStatus: 'failed', error: { code: 'E1', message: 'no' } }],
  ])('takes %s as it was sent', (_, snapshot) => {
    expect(toldSnapshot(sent(snapshot))).toEqual(snapshot);
  });

  it('is frozen through and through', () => {
    const failed = { ...live, status: 'failed', error: { message: 'no' }, raw: { a: [{ b: 1 }] } };
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      expect(Object.isFrozen(value), JSON.stringify(value)).toBe(true);
      Object.values(value).forEach(walk);
    };
    walk(toldSnapshot(sent(failed)));
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['text', 'completed'],
    ['no task', { status: 'queued' }],
    ['a task without an id', { task: { provider: 'ark' }, status: 'queued' }],
    ['an id that walks the path', { task: { provider: 'ark', id: '..' }, status: 'queued' }],
    ['a provider that is no name', { task: { provider: 'Ark!', id: 'x' }, status: 'queued' }],
    ['no status', { task }],
    ["a provider's word for a status", { task, status: 'succeeded' }],
    ["an object's own word", { task, status: 'constructor' }],
  ])('takes %s for none', (_, value) => {
    expect(toldSnapshot(value)).toBeUndefined();
  });

  it.each<[string, unknown, unknown]>([
    ['progress', 101, undefined],
    ['progress', '40', undefined],
    ['progress', Number.NaN, undefined],
    ['createdAt', 1e300, undefined],
    ['createdAt', -1, undefined],
    ['seconds', Number.POSITIVE_INFINITY, undefined],
    ['seconds', -1, undefined],
    ['model', { a: 1 }, undefined],
    ['model', 'a\u001b[2Jb', 'a [2Jb'],
    ['providerStatus', 7, ''],
    ['providerStatus', 'Bearer sk-secret', 'Bearer [redacted]'],
    ['size', ' ', undefined],
    ['stranger', 'x', undefined],
    ['videoUrl', 'https://cdn.example.com/a.mp4', undefined],
    ['error', { message: 'live tasks have none' }, undefined],
  ])('leaves out %s %j, or keeps what may be kept', (name, value, kept) => {
    expect(toldSnapshot({ ...live, [name]: value })?.[name as keyof Snapshot]).toEqual(kept);
  });

  it.each([
    'javascript:alert(1)',
    'data:video/mp4;base64,AAAA',
    'blob:https://a.example/x',
    'file:///etc/passwd',
    '//cdn.example.com/a.mp4',
    'https://user:secret@cdn.example.com/a.mp4',
    `https://cdn.example.com/${'a'.repeat(9_000)}`,
  ])('takes %s for no address of a video', (videoUrl) => {
    const told = toldSnapshot({ ...live, status: 'completed', videoUrl });
    expect(told).toEqual({ ...live, status: 'completed' });
  });

  it('gives every failure a reason', () => {
    for (const error of [undefined, null, 'x', {}, { message: '' }, { message: 7 }]) {
      expect(toldSnapshot({ ...live, status: 'error', error })).toMatchObject({
        error: { message: expect.stringMatching(/./) },
      });
    }
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(anySnapshot(), (snapshot) => {
        const told = toldSnapshot(sent(snapshot));
        expect(told?.status).toBe(snapshot.status);
        expect(toldSnapshot(sent(told))).toEqual(told);
      }),
    );
  });

  it('never throws, and what it gives can be sent on', () => {
    fc.assert(
      fc.property(hostileJson(), (text) => {
        const body = parseBody(
          `{"task":{"provider":"ark","id":"x"},"status":"completed","raw":${text},"error":${text}}`,
        );
        if (body.kind !== 'json') return;
        structuredClone(toldSnapshot(body.value));
        structuredClone(toldError(body.value));
      }),
    );
  });
});

describe('toldError', () => {
  it('takes what an error says of itself', () => {
    const error = new RushesError('NOT_FOUND', 'no such task', { task });
    const told = toldError(sent(error));
    expect(told).toMatchObject({ code: 'NOT_FOUND', message: 'no such task', task, retryable: false });
  });

  it('is about the task that was asked for where it names none', () => {
    expect(toldError({ code: 'DEADLINE', message: 'late' }, task)).toMatchObject({ task, retryable: true });
  });

  it.each([undefined, null, 'DEADLINE', {}, { code: 'TEAPOT' }, { code: 'constructor' }])(
    'takes %j for none',
    (value) => {
      expect(toldError(value, task)).toBeUndefined();
    },
  );

  it('scrubs what it says', () => {
    expect(toldError({ code: 'UNAVAILABLE', message: 'at https://a.example/x?sig=1 \u202e' })?.message).toBe(
      'at https://a.example/x',
    );
  });
});

describe('toldEvent', () => {
  const other = { provider: 'ark', id: 'cgt-2' };
  const lost = new RushesError('DEADLINE', 'late', { task });

  it.each<[string, TaskEvent]>([
    ['a snapshot', { kind: 'snapshot', task, snapshot: live }],
    ['a loss', { kind: 'lost', task, error: lost }],
  ])('takes %s as it was sent', (_, event) => {
    const told = toldEvent(sent(event));
    expect(JSON.parse(JSON.stringify(told))).toEqual(JSON.parse(JSON.stringify(event)));
  });

  it.each<[string, unknown]>([
    ['no task', { kind: 'snapshot', snapshot: live }],
    ['another kind', { kind: 'saved', task, path: '/x' }],
    ['two tasks in a snapshot', { kind: 'snapshot', task: other, snapshot: live }],
    ['two tasks in a loss', { kind: 'lost', task: other, error: lost }],
    ['no snapshot', { kind: 'snapshot', task }],
    ['no error', { kind: 'lost', task }],
  ])('takes %s for none', (_, value) => {
    expect(toldEvent(sent(value))).toBeUndefined();
  });
});
