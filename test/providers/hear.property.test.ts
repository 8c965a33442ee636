import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ark } from '../../src/providers/ark.js';
import { cometapi } from '../../src/providers/cometapi.js';
import type { Heard } from '../../src/providers/provider.js';
import type { Snapshot } from '../../src/task/snapshot.js';
import { answer } from './answer.js';

const task = { provider: 'cometapi', id: 'task_1' };
const providers = [cometapi({ apiKey: 'k' }), ark({ apiKey: 'k' })];

const hostile = fc.oneof(
  fc.constantFrom(
    'completed',
    'failed',
    'constructor',
    'toString',
    '__proto__',
    'hasOwnProperty',
    '',
    'task_1',
    null,
    true,
    {},
    [],
    1e300,
    -1e300,
    1e15,
    '1e999',
    -0,
    4711,
    'https://a.example/b.mp4',
    'data:video/mp4;base64,AAAA',
    '\u202e\u0000\ud800',
    '{"error":{"message":"{\\"error\\":{\\"message\\":\\"deep\\"}}"}}',
  ),
  fc.jsonValue(),
);
const fieldNames = [
  'id',
  'task_id',
  'status',
  'progress',
  'created_at',
  'completed_at',
  'expires_at',
  'finish_time',
  'submit_time',
  'model',
  'seconds',
  'duration',
  'size',
  'video_url',
  'url',
  'metadata',
  'content',
  'output',
  'result',
  'error',
  'fail_reason',
  'code',
  'message',
  'msg',
  'detail',
  'data',
  'poll_after_seconds',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
];
const taskLike = fc.dictionary(fc.constantFrom(...fieldNames), hostile, { maxKeys: 12 });
const enveloped = fc.oneof(
  taskLike,
  taskLike.map((data) => ({ code: 'success', data })),
);

const video = `data:video/mp4;base64,${'A'.repeat(3_000_000)}`;
const megabyte = 'x '.repeat(500_000);
const monsters = [
  `${'['.repeat(400_000)}${']'.repeat(400_000)}`,
  `{"status":"completed","metadata":${'{"a":'.repeat(400_000)}1${'}'.repeat(400_000)}}`,
  `{${Array.from({ length: 200_000 }, (_, key) => `"k${key}":1`).join()},"status":"queued"}`,
  '{"status":"completed","__proto__":{"video_url":"https://a.example/b"},"constructor":{"prototype":{"x":1}}}',
  JSON.stringify({ status: 'completed', metadata: { url: video }, video_url: video }),
  JSON.stringify({ status: megabyte, model: megabyte, size: megabyte, id: 'task_1' }),
  JSON.stringify({ status: 'failed', error: { code: megabyte, message: megabyte } }),
  JSON.stringify({ status: 'failed', error: { message: `{${megabyte}` } }),
  megabyte,
  `<title>${megabyte}`,
  `<title`.repeat(100_000),
];

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

function expectSound(snapshot: Snapshot, heard: Heard): void {
  expect(Object.isFrozen(snapshot)).toBe(true);
  expect(Math.max(...texts({ ...snapshot, videoUrl: '' }).map((text) => text.length))).toBeLessThanOrEqual(2_000);
  const { progress = 0, createdAt = Date.UTC(2000, 0), seconds = 1 } = snapshot;
  expect(progress >= 0 && progress <= 100 && seconds > 0).toBe(true);
  expect(createdAt >= Date.UTC(2000, 0) && createdAt < Date.UTC(2101, 0)).toBe(true);
  if ('error' in snapshot) expect(snapshot.error.message.length).toBeGreaterThan(0);
  if ('videoUrl' in snapshot) expect(snapshot.videoUrl).toMatch(/^https?:\/\//i);
  expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
  expect(structuredClone(snapshot)).toEqual(snapshot);
  expect(JSON.parse(JSON.stringify(heard))).toEqual(structuredClone(heard));
}

function hearBoth(status: number, text: string): void {
  for (const provider of providers) {
    const read = provider.hear({ kind: 'read', task }, answer(status, text));
    if (read.kind === 'snapshot') expectSound(read.snapshot, read);
    else if (read.kind !== 'problem') throw new Error('a read is a snapshot or a problem');
    else if (status === 200) expect(read.code).toBe('BAD_RESPONSE');
    const create = provider.hear({ kind: 'create', input: { model: 'm', prompt: 'p' } }, answer(status, text));
    if (create.kind === 'snapshot') expectSound(create.snapshot, create);
    for (const heard of [read, create, provider.hear({ kind: 'cancel', task }, answer(status, text))]) {
      if (heard.kind !== 'problem') continue;
      expect(heard.message.length).toBeGreaterThan(0);
      expect(heard.message.length).toBeLessThanOrEqual(2_000);
      expect(heard.message).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
    }
  }
}

const httpStatus = fc.oneof(fc.constant(200), fc.constant(200), fc.integer({ min: 0, max: 999 }));

describe('whatever an answer holds, it is a snapshot or a problem', () => {
  test('any text', () => {
    fc.assert(
      fc.property(
        httpStatus,
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string().map((s) => `<${s}`),
        ),
        hearBoth,
      ),
    );
  });

  test('any JSON', () => {
    fc.assert(fc.property(httpStatus, fc.json(), hearBoth));
  });

  test('anything in the place of a task', () => {
    fc.assert(
      fc.property(httpStatus, enveloped, (status, body) => hearBoth(status, JSON.stringify(body))),
      { numRuns: 1_000 },
    );
  });

  test.each(monsters.map((text) => [`${text.slice(0, 40)}… (${text.length})`, text]))('%s', (_name, text) => {
    const before = process.cpuUsage();
    for (const status of [200, 500]) hearBoth(status, text);
    expect(process.cpuUsage(before).user).toBeLessThan(5_000_000);
  });

  test.each([1e300, -1e300, 1e15, '1e999'])('created_at %j is absent', (created_at) => {
    const heard = providers[0]?.hear({ kind: 'read', task }, answer(200, { status: 'queued', created_at }));
    expect(heard).toMatchObject({ snapshot: { status: 'queued' } });
    expect(heard).not.toHaveProperty('snapshot.createdAt');
  });

  test('a completed task with its video in the body is completed without an address', () => {
    const heard = providers[0]?.hear(
      { kind: 'read', task },
      answer(200, { status: 'completed', metadata: { url: video } }),
    );
    expect(heard).toEqual({
      kind: 'snapshot',
      snapshot: { task, status: 'completed', providerStatus: 'completed' },
      body: { status: 'completed', metadata: { url: 'data:' } },
    });
  });
});
