import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSameNews } from '../../src/task/sameness.js';
import type { Snapshot } from '../../src/task/snapshot.js';
import { anySnapshot, snapshotOf } from './snapshots.js';

const running = (facts: Partial<Snapshot> = {}) => snapshotOf('in_progress', facts);
const withRaw = (raw: unknown) => running({ raw });

describe('isSameNews', () => {
  test('every snapshot says the same as itself and as its copy', () => {
    fc.assert(
      fc.property(anySnapshot, fc.jsonValue(), (snapshot, raw) => {
        const said = { ...snapshot, raw };
        expect(isSameNews(said, said)).toBe(true);
        expect(isSameNews(said, structuredClone(said))).toBe(true);
      }),
    );
  });

  test('it does not matter which of the two is asked about the other', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 2 }), fc.jsonValue({ maxDepth: 2 }), (a, b) => {
        expect(isSameNews(withRaw(a), withRaw(b))).toBe(isSameNews(withRaw(b), withRaw(a)));
      }),
    );
  });

  test.each<[string, Snapshot, Snapshot]>([
    ['another status', snapshotOf('queued', { providerStatus: 'x' }), running({ providerStatus: 'x' })],
    ["another provider's word", running({ providerStatus: 'running' }), running({ providerStatus: 'RUNNING' })],
    ['another progress', running({ progress: 1 }), running({ progress: 2 })],
    ['a progress for the first time', running(), running({ progress: 0 })],
    ['another model', running({ model: 'a' }), running({ model: 'b' })],
    ['another task', running(), running({ task: { provider: 'cometapi', id: 'task_2' } })],
    ['the same id elsewhere', running(), running({ task: { provider: 'ark', id: 'task_1' } })],
    ['one fact instead of another', running({ size: '1' }), running({ model: '1' })],
    ['another address', snapshotOf('completed', { videoUrl: 'a' }), snapshotOf('completed', { videoUrl: 'b' })],
    [
      'another problem',
      snapshotOf('failed', { error: { code: 'A', message: 'no' } }),
      snapshotOf('failed', { error: { code: 'B', message: 'no' } }),
    ],
  ])('%s is news, both ways', (_what, before, after) => {
    expect(isSameNews(before, after)).toBe(false);
    expect(isSameNews(after, before)).toBe(false);
  });

  test.each<[string, Snapshot, Snapshot]>([
    ['when it was created', running({ createdAt: 1 }), running({ createdAt: 2 })],
    ['a time of creation for the first time', running(), running({ createdAt: 2 })],
    ['when it completed', snapshotOf('completed', { completedAt: 1 }), snapshotOf('completed', { completedAt: 2 })],
    ['when it expires', snapshotOf('completed', { expiresAt: 1 }), snapshotOf('completed', { expiresAt: 2 })],
    ['a raw updated_at', withRaw({ a: 1, updated_at: 1 }), withRaw({ a: 1, updated_at: 2 })],
    ['a raw submit_time', withRaw({ submit_time: 1 }), withRaw({ submit_time: 2 })],
    ['a raw finishTime', withRaw({ finishTime: 1 }), withRaw({ finishTime: null })],
    ['a nested updatedAt', withRaw({ data: [{ updatedAt: 1 }] }), withRaw({ data: [{ updatedAt: 2 }] })],
    ['the order of facts', withRaw({ a: 1, b: 2 }), withRaw({ b: 2, a: 1 })],
    ['an absent fact that is spelled out', running(), { ...running(), progress: undefined } as unknown as Snapshot],
    ['not a number twice', withRaw(Number.NaN), withRaw(Number.NaN)],
  ])('%s is none, both ways', (_what, before, after) => {
    expect(isSameNews(before, after)).toBe(true);
    expect(isSameNews(after, before)).toBe(true);
  });

  test.each<[string, unknown, unknown]>([
    ['text that only starts like time', { at_home: 1 }, { at_home: 2 }],
    ['a word that ends in at', { format: 1 }, { format: 2 }],
    ['a word that ends in time', { runtime: 1 }, { runtime: 2 }],
    ['time within a name', { created_at_place: 1 }, { created_at_place: 2 }],
    ['a capital word with more behind it', { TimeZone: 1 }, { TimeZone: 2 }],
    ['nothing instead of null', { a: null }, {}],
    ['null instead of an object', { a: null }, { a: {} }],
    ['null instead of a list', null, []],
    ['a list instead of an object', [], {}],
    ['a list instead of an object alike', ['x'], { 0: 'x' }],
    ['a longer list', [1], [1, 1]],
    ['another order of a list', [1, 2], [2, 1]],
    ['a number instead of text', { a: 1 }, { a: '1' }],
    ['text instead of an object', 'x', { 0: 'x' }],
    ['something deep down', { a: [{ b: { c: 1 } }] }, { a: [{ b: { c: 2 } }] }],
    ['one of many facts', { a: 1, b: 1 }, { a: 1, b: 2 }],
    ['a fact that every object inherits', { toString: 1 }, { valueOf: 1 }],
    ['yes instead of no', true, false],
  ])('%s is news, both ways', (_what, before, after) => {
    expect(isSameNews(withRaw(before), withRaw(after))).toBe(false);
    expect(isSameNews(withRaw(after), withRaw(before))).toBe(false);
  });
});
