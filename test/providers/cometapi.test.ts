import { describe, expect, test } from 'vitest';
import { cometapi } from '../../src/providers/cometapi.js';
import type { CreateInput } from '../../src/providers/create-input.js';

const provider = cometapi({ apiKey: 'k' });
const task = { provider: 'cometapi', id: 'sora-2:task_01' };
const circular: Record<string, unknown> = {};
circular['self'] = circular;
const create = (input: CreateInput) => provider.ask({ kind: 'create', input });

describe('cometapi', () => {
  test('says what the vendor documents', () => {
    expect(provider).toMatchObject({
      name: 'cometapi',
      baseUrl: 'https://api.cometapi.com',
      guidance: { minMs: 10_000, maxMs: 20_000 },
      supports: { cancel: false, content: true, idempotency: false },
    });
    expect(provider.deadlineMs).toBeUndefined();
    expect([provider, provider.guidance, provider.supports].every(Object.isFrozen)).toBe(true);
  });

  test('reads a task', () => {
    expect(provider.ask({ kind: 'read', task })).toStrictEqual({
      method: 'GET',
      url: 'https://api.cometapi.com/v1/videos/sora-2%3Atask_01',
      template: '/v1/videos/{id}',
      headers: { accept: 'application/json', 'cache-control': 'no-cache' },
    });
  });

  test('asks for the bytes of a video', () => {
    expect(provider.ask({ kind: 'content', task })).toMatchObject({
      method: 'GET',
      url: 'https://api.cometapi.com/v1/videos/sora-2%3Atask_01/content',
      template: '/v1/videos/{id}/content',
    });
    expect(provider.hear({ kind: 'content', task }, { status: 200, url: '', text: '', header: () => null })).toEqual({
      kind: 'done',
    });
  });

  test('cannot cancel', () => {
    expect(() => provider.ask({ kind: 'cancel', task })).toThrow(
      expect.objectContaining({
        code: 'UNSUPPORTED',
        task,
        message: 'cometapi has no documented way to cancel a task',
      }),
    );
  });

  test('creates with a form', () => {
    const image = new Blob(['x'], { type: 'image/png' });
    const request = create({
      model: 'doubao-seedance-2-0',
      prompt: 'waves',
      seconds: 5,
      size: '16:9',
      resolution: '720p',
      inputReference: image,
      extra: { watermark: false, seed: 7, metadata: { a: [1] }, style: 'noir', nothing: null, absent: undefined },
    });
    expect(request).toStrictEqual({
      method: 'POST',
      url: 'https://api.cometapi.com/v1/videos',
      template: '/v1/videos',
      headers: { accept: 'application/json' },
      body: [
        { name: 'prompt', value: 'waves' },
        { name: 'model', value: 'doubao-seedance-2-0' },
        { name: 'seconds', value: '5' },
        { name: 'size', value: '16:9' },
        { name: 'resolution', value: '720p' },
        { name: 'input_reference', value: image, filename: 'input_reference.png' },
        { name: 'watermark', value: 'false' },
        { name: 'seed', value: '7' },
        { name: 'metadata', value: '{"a":[1]}' },
        { name: 'style', value: 'noir' },
      ],
    });
  });

  test('words the ratio as size, unless there is one', () => {
    const sizes = (input: Partial<CreateInput>) => {
      const { body = [] } = create({ model: 'm', prompt: 'p', ...input });
      return typeof body === 'string' ? body : body.filter(({ name }) => /size|ratio/.test(name));
    };
    expect(sizes({ ratio: '9:16' })).toEqual([{ name: 'size', value: '9:16' }]);
    expect(sizes({ ratio: '9:16', size: '720x1280' })).toEqual([{ name: 'size', value: '720x1280' }]);
  });

  test.each([
    ['image/jpeg', 'input_reference.jpeg'],
    ['', 'input_reference.bin'],
    ['image/"; x="', 'input_reference.bin'],
  ])('names a file of type %j %s', (type, filename) => {
    const { body } = create({ model: 'm', prompt: 'p', inputReference: new Blob(['x'], { type }) });
    expect(body).toContainEqual(expect.objectContaining({ filename }));
  });

  test.each([
    [{ model: '' }, 'create.model: expected a non-empty string, received ""'],
    [{ model: undefined }, 'create.model: expected a non-empty string, received undefined'],
    [{ prompt: ' ' }, 'create.prompt: expected a non-empty string, received " "'],
    [{ prompt: 7 }, 'create.prompt: expected a non-empty string, received 7'],
    [{ seconds: 0 }, 'create.seconds: expected a finite number above 0, received 0'],
    [{ seconds: '5' }, 'create.seconds: expected a finite number above 0, received "5"'],
    [{ seconds: Number.NaN }, 'create.seconds: expected a finite number above 0, received NaN'],
    [{ seconds: Number.POSITIVE_INFINITY }, 'create.seconds: expected a finite number above 0, received Infinity'],
    [{ inputReference: './a.png' }, 'create.inputReference: expected a Blob, received "./a.png"'],
    [{ extra: [] }, 'create.extra: expected an object of further fields, received an array'],
    [
      { extra: { model: 'sora-2-pro' } },
      'create.extra: expected no field that an input has by itself, received "model"',
    ],
    [
      { extra: { input_reference: 'x' } },
      'create.extra: expected no field that an input has by itself, received "input_reference"',
    ],
    [{ extra: null }, 'create.extra: expected an object of further fields, received null'],
    [{ extra: { a: circular } }, 'create.extra: expected values that JSON can say, received an object'],
  ])('refuses %j', (wrong, message) => {
    const input = { model: 'm', prompt: 'p', ...wrong } as unknown as CreateInput;
    expect(() => create(input)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message }));
  });

  test('refuses a create of nothing', () => {
    expect(() => create(undefined as unknown as CreateInput)).toThrow(/^create\.model: /);
  });

  test.each([
    [{ name: '' }, /^cometapi\.name: expected 1-64 characters of a-z, 0-9 and "-", received ""/],
    [{ name: 'Comet' }, /^cometapi\.name: /],
    [{ name: null }, /^cometapi\.name: /],
    [{ name: 'a/b' }, /^cometapi\.name: /],
    [{ baseUrl: 'http://api.cometapi.com' }, /^cometapi\.baseUrl: expected an http\(s\) address/],
    [{ baseUrl: null }, /^cometapi\.baseUrl: /],
  ])('refuses the options %j', (wrong, message) => {
    expect(() => cometapi({ apiKey: 'k', ...(wrong as object) })).toThrow(message);
  });

  test('refuses to be made of nothing', () => {
    expect(() => cometapi(undefined as never)).toThrow(/^cometapi: expected an object, received undefined$/);
    expect(() => cometapi({ apiKey: undefined })).toThrow(/^cometapi\.apiKey: .* received nothing$/);
  });

  test('is not made with an option that it does not know, which would send the key to the wrong place', () => {
    const mistyped = { apiKey: 'k', baseURL: 'https://gateway.example.com' };
    expect(() => cometapi(mistyped)).toThrow(/^cometapi: expected no other options than .* received "baseURL"$/);
  });

  test('takes no base URL that has part of its paths already', () => {
    for (const path of ['/v1', '/v1/videos', '/prefix/v1/']) {
      const baseUrl = `https://gateway.example.com${path}`;
      expect(() => cometapi({ apiKey: 'k', baseUrl })).toThrow(
        /^cometapi\.baseUrl: expected what stands before \/v1\/videos/,
      );
    }
  });

  test('keeps a path prefix and drops slashes at the end', () => {
    const other = cometapi({ apiKey: 'k', baseUrl: 'http://localhost:8080/cometapi//', name: 'acme-2' });
    expect(other).toMatchObject({ name: 'acme-2', baseUrl: 'http://localhost:8080/cometapi' });
    expect(other.ask({ kind: 'read', task: { provider: 'acme-2', id: 'a' } }).url).toBe(
      'http://localhost:8080/cometapi/v1/videos/a',
    );
  });
});
