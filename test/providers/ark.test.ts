import { describe, expect, test } from 'vitest';
import { ark } from '../../src/providers/ark.js';
import type { CreateInput } from '../../src/providers/create-input.js';
import { answer, outcomeOf } from './answer.js';

const provider = ark({ apiKey: 'k' });
const task = { provider: 'ark', id: 'cgt-20260711150000-abcde' };
const tasks = 'https://ark.ap-southeast.bytepluses.com/api/v3/contents/generations/tasks';
const create = (input: object) =>
  provider.ask({ kind: 'create', input: { model: 'm', prompt: 'p', ...input } as CreateInput });

describe('ark', () => {
  test('says what the vendor documents', () => {
    expect(provider).toMatchObject({
      name: 'ark',
      baseUrl: 'https://ark.ap-southeast.bytepluses.com/api/v3',
      guidance: { minMs: 10_000, maxMs: 20_000 },
      deadlineMs: 172_800_000,
      supports: { cancel: true, content: false, idempotency: false },
    });
  });

  test('reads a task', () => {
    expect(provider.ask({ kind: 'read', task })).toStrictEqual({
      method: 'GET',
      url: `${tasks}/cgt-20260711150000-abcde`,
      template: '/contents/generations/tasks/{id}',
      headers: { accept: 'application/json', 'cache-control': 'no-cache' },
    });
  });

  test('cancels with DELETE', () => {
    expect(provider.ask({ kind: 'cancel', task })).toMatchObject({ method: 'DELETE', url: `${tasks}/${task.id}` });
  });

  test.each([
    [200, {}, 'done'],
    [200, '', 'done'],
    [204, '', 'done'],
    [404, { error: { code: 'NotFound.task', message: 'm' } }, 'NOT_FOUND'],
    [400, { error: { code: 'InvalidParameter', message: 'm' } }, 'REJECTED'],
    [409, { error: { code: 'Conflict', message: 'm' } }, 'REJECTED'],
    [401, { error: { code: 'AuthenticationError', message: 'm' } }, 'UNAUTHORIZED'],
    [502, '<html>', 'UNAVAILABLE again'],
  ])('hears %i %j to a cancel as %s', (status, body, outcome) => {
    expect(outcomeOf(provider.hear({ kind: 'cancel', task }, answer(status, body)))).toBe(outcome);
  });

  test('has no route for the bytes', () => {
    expect(() => provider.ask({ kind: 'content', task })).toThrow(
      expect.objectContaining({
        code: 'UNSUPPORTED',
        task,
        message: 'ark has no documented way to serve the bytes of a video',
      }),
    );
  });

  test.each([
    ['queued', 'queued'],
    ['running', 'in_progress'],
    ['succeeded', 'completed'],
    ['failed', 'failed'],
    ['cancelled', 'cancelled'],
    ['expired', 'expired'],
  ])('hears the status %s', (word, status) => {
    expect(outcomeOf(provider.hear({ kind: 'read', task }, answer(200, { id: task.id, status: word })))).toBe(status);
  });

  test('creates with JSON, further content after the prompt', () => {
    const image = { type: 'image_url', image_url: { url: 'https://a.example/a.png' }, role: 'first_frame' };
    const request = create({
      seconds: 5,
      resolution: '720p',
      ratio: '16:9',
      extra: { content: [image], watermark: false },
    });
    expect([request.method, request.url]).toEqual(['POST', tasks]);
    expect(request.headers).toEqual({ accept: 'application/json', 'content-type': 'application/json' });
    expect(JSON.parse(String(request.body))).toStrictEqual({
      model: 'm',
      content: [{ type: 'text', text: 'p' }, image],
      duration: 5,
      resolution: '720p',
      ratio: '16:9',
      watermark: false,
    });
  });

  test.each([
    [{ inputReference: new Blob(['x']) }, /^create\.inputReference: .*extra\.content/],
    [{ size: '1280x720' }, /^create\.size: .*resolution and ratio/],
    [{ extra: { duration: 3600 } }, /^create\.extra\.duration: expected nothing/],
    [{ extra: { content: {} } }, /^create\.extra\.content: expected a list, received an object/],
  ])('cannot take %j', (input, message) => {
    expect(() => create(input)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }),
    );
  });

  test('names itself in what is wrong with its options', () => {
    expect(() => ark({ apiKey: '' })).toThrow(/^ark\.apiKey: /);
    expect(() => ark({ apiKey: 'k', baseUrl: 'ark' })).toThrow(/^ark\.baseUrl: /);
  });
});
