import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CreateInput } from '../../../src/index.js';
import { readCreate, writeCreate } from '../../../src/sse/wire/create-body.js';

const bytesOf = async (blob: Blob | undefined) => [...new Uint8Array((await blob?.arrayBuffer()) ?? [])];

describe('the body of a create', () => {
  it('is read as it was written', async () => {
    const fields = fc.record(
      {
        model: fc.string(),
        prompt: fc.string(),
        seconds: fc.nat(),
        size: fc.string(),
        extra: fc.dictionary(fc.stringMatching(/^x[a-z]*$/), fc.string()),
      },
      { requiredKeys: ['model', 'prompt'] },
    );
    const provider = fc.option(fc.string(), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(fields, fc.uint8Array({ minLength: 1, maxLength: 99 }), provider, async (input, bytes, name) => {
        const inputReference = new Blob([new Uint8Array(bytes)], { type: 'image/webp' });
        const read = readCreate(await writeCreate({ ...input, inputReference } as CreateInput, name));
        expect(read.provider).toBe(name);
        expect({ ...read.input, inputReference: undefined }).toEqual({ ...input, inputReference: undefined });
        expect(read.input.inputReference?.type).toBe('image/webp');
        expect(await bytesOf(read.input.inputReference)).toEqual([...bytes]);
      }),
    );
  });

  it('has an image of any size', async () => {
    const inputReference = new Blob([new Uint8Array(300_001).fill(7)]);
    const { input } = readCreate(await writeCreate({ model: 'm', prompt: 'p', inputReference }));
    expect([input.inputReference?.size, input.inputReference?.type]).toEqual([300_001, 'application/octet-stream']);
  });

  it('may have an image in plain base64', async () => {
    const { input } = readCreate('{"inputReference":"AP+A"}');
    expect(await bytesOf(input.inputReference)).toEqual([0, 255, 128]);
    expect(input.inputReference?.type).toBe('');
  });

  it.each([
    'x',
    'null',
    '1',
    '[]',
    '{"a":{"constructor":1}}',
    '{"__proto__":1}',
    '{"provider":{}}',
    '{"inputReference":""}',
    '{"inputReference":"A"}',
    '{"inputReference":"AAAAA"}',
    '{"inputReference":"A=A="}',
    '{"inputReference":"data:image/png,abc"}',
    '{"inputReference":"data:image/png;base64,"}',
    '{"inputReference":"data:image/png;charset=x;base64,AAAA"}',
    '{"inputReference":{"size":1}}',
    `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`,
    `{"a":[${Array(20_000).fill(0)}]}`,
    '{"a":[{"prototype":1}]}',
    '{"a":{"__proto__":{"b":1}}}',
  ])('is none in %s', (text) => {
    expect(() => readCreate(text)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
