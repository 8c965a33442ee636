import { describe, expect, test } from 'vitest';
import { type OpenaiCompatibleOptions, openaiCompatible } from '../../src/providers/openai-compatible.js';

const provider = openaiCompatible({ apiKey: 'k', baseUrl: 'https://gateway.example.com/openai/' });

describe('openaiCompatible', () => {
  test('says what is known of such gateways', () => {
    expect(provider).toMatchObject({
      name: 'openai-compatible',
      baseUrl: 'https://gateway.example.com/openai',
      guidance: { minMs: 10_000, maxMs: 20_000 },
      supports: { cancel: false, content: true, idempotency: false },
    });
    expect(provider.deadlineMs).toBeUndefined();
  });

  test('needs to be told where', () => {
    expect(() => openaiCompatible({ apiKey: 'k' } as OpenaiCompatibleOptions)).toThrow(
      /^openaiCompatible\.baseUrl: expected an http\(s\) address .*, received undefined$/,
    );
  });

  test('creates with a form', () => {
    const input = { model: 'sora-2', prompt: 'p', seconds: 8, size: '1280x720', ratio: '16:9', resolution: '720p' };
    expect(provider.ask({ kind: 'create', input })).toStrictEqual({
      method: 'POST',
      url: 'https://gateway.example.com/openai/v1/videos',
      template: '/v1/videos',
      headers: { accept: 'application/json' },
      body: [
        { name: 'prompt', value: 'p' },
        { name: 'model', value: 'sora-2' },
        { name: 'seconds', value: '8' },
        { name: 'size', value: '1280x720' },
        { name: 'resolution', value: '720p' },
        { name: 'ratio', value: '16:9' },
      ],
    });
  });

  test('sends several files that a model takes', () => {
    const file = new Blob(['x'], { type: 'image/webp' });
    const { body } = provider.ask({ kind: 'create', input: { model: 'm', prompt: 'p', extra: { last_frame: file } } });
    expect(body).toContainEqual({ name: 'last_frame', value: file, filename: 'last_frame.webp' });
  });

  test('cannot cancel', () => {
    const task = { provider: 'openai-compatible', id: 'a' };
    expect(() => provider.ask({ kind: 'cancel', task })).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED', task }),
    );
  });
});
