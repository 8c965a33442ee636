import { describe, expect, test } from 'vitest';
import { infinityBlue } from '../../src/providers/infinity-blue.js';
import { answer, snapshotOf } from './answer.js';

const provider = infinityBlue({ apiKey: 'k' });
const task = { provider: 'infinity-blue', id: 'video_abc123' };

describe('infinityBlue', () => {
  test('says what the vendor documents', () => {
    expect(provider).toMatchObject({
      name: 'infinity-blue',
      baseUrl: 'https://api.getinfinityblue.com',
      guidance: { minMs: 5_000, maxMs: 10_000 },
      supports: { cancel: false, content: true, idempotency: false },
    });
    expect(provider.deadlineMs).toBeUndefined();
  });

  test('reads a task and its content', () => {
    expect(provider.ask({ kind: 'read', task }).url).toBe('https://api.getinfinityblue.com/v1/videos/video_abc123');
    expect(provider.ask({ kind: 'content', task }).url).toBe(
      'https://api.getinfinityblue.com/v1/videos/video_abc123/content',
    );
    expect(() => provider.ask({ kind: 'cancel', task })).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });

  test.each([
    ['queued', 'queued'],
    ['in_progress', 'in_progress'],
    ['completed', 'completed'],
    ['failed', 'failed'],
  ])('hears the status %s', (word, status) => {
    const heard = provider.hear({ kind: 'read', task }, answer(200, { id: task.id, object: 'video', status: word }));
    expect(snapshotOf(heard)).toMatchObject({ task, status, providerStatus: word });
  });

  test('hears every documented field, times in milliseconds', () => {
    const body = {
      id: 'video_abc123',
      object: 'video',
      model: 'doubao-seedance-2-0-fast-260128',
      status: 'completed',
      progress: 100,
      created_at: 1764347090922,
      completed_at: 1764347170000,
      expires_at: 1764433570000,
      seconds: '5',
      size: '1280x720',
      metadata: { url: 'https://cdn.example.com/a.mp4' },
    };
    expect(provider.hear({ kind: 'read', task }, answer(200, body))).toStrictEqual({
      kind: 'snapshot',
      snapshot: {
        task,
        status: 'completed',
        providerStatus: 'completed',
        progress: 100,
        createdAt: 1764347090922,
        model: 'doubao-seedance-2-0-fast-260128',
        seconds: 5,
        size: '1280x720',
        videoUrl: 'https://cdn.example.com/a.mp4',
        completedAt: 1764347170000,
        expiresAt: 1764433570000,
      },
      body,
    });
  });

  test('creates with JSON, seconds as text', () => {
    const { headers, body, method, url } = provider.ask({
      kind: 'create',
      input: {
        model: 'm',
        prompt: 'p',
        seconds: 5,
        resolution: '720p',
        ratio: '16:9',
        extra: { generate_audio: true, metadata: { content: [] } },
      },
    });
    expect([method, url]).toEqual(['POST', 'https://api.getinfinityblue.com/v1/videos']);
    expect(headers).toEqual({ accept: 'application/json', 'content-type': 'application/json' });
    expect(JSON.parse(String(body))).toStrictEqual({
      model: 'm',
      prompt: 'p',
      seconds: '5',
      resolution: '720p',
      ratio: '16:9',
      generate_audio: true,
      metadata: { content: [] },
    });
  });

  test('cannot take a file', () => {
    const input = { model: 'm', prompt: 'p', inputReference: new Blob(['x']) };
    expect(() => provider.ask({ kind: 'create', input })).toThrow(
      /^create\.inputReference: .*extra\.metadata\.content/,
    );
  });

  test('names itself in what is wrong with its options', () => {
    expect(() => infinityBlue({ apiKey: undefined })).toThrow(/^infinityBlue\.apiKey: /);
    expect(() => infinityBlue({ apiKey: 'k', name: 'X' })).toThrow(/^infinityBlue\.name: /);
  });
});
