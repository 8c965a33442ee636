import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/create/file-ledger/sha256.js';
import { inputHash } from '../../../src/create/input-hash.js';
import { type StorageLedgerOptions, storageLedger } from '../../../src/create/storage-ledger/storage-ledger.js';
import { webSha256 } from '../../../src/create/web-sha256.js';
import { create } from '../file-ledger/facts.js';
import { reasonOf } from '../studio.js';

describe('storageLedger', () => {
  const wrong: readonly (readonly [string, unknown])[] = [
    ['scope', {}],
    ['scope', { scope: '' }],
    ['scope', { scope: 7 }],
    ['keepPrompts', { scope: 'u', keepPrompts: 1 }],
    ['maxAgeMs', { scope: 'u', maxAgeMs: -1 }],
    ['maxAgeMs', { scope: 'u', maxAgeMs: Number.NaN }],
    ['timeoutMs', { scope: 'u', timeoutMs: Number.POSITIVE_INFINITY }],
    ['keepPrompt', { scope: 'u', keepPrompt: true }],
    ['an object', null],
  ];

  it.each(wrong)('refuses a wrong %s by name: %j', async (option, options) => {
    expect(await reasonOf(storageLedger(options as StorageLedgerOptions))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(new RegExp(`^storageLedger.*${option}`)),
    });
  });

  it('says so where there is no IndexedDB', async () => {
    expect(await reasonOf(storageLedger({ scope: 'u' }))).toMatchObject({
      code: 'LEDGER_FAILED',
      retryable: false,
      message: expect.stringContaining('IndexedDB'),
    });
  });
});

describe('SHA-256 by Web Crypto', () => {
  it('is what Node computes, of texts and bytes', async () => {
    const property = fc.asyncProperty(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.uint8Array().map((bytes) => new Uint8Array(bytes)),
      ),
      async (data) => {
        expect(await webSha256(data)).toBe(sha256(data));
      },
    );
    await fc.assert(property);
  });

  it('makes the same hash of an input, its image too', async () => {
    const inputReference = new Blob(['a boat'], { type: 'image/png' });
    const input = { ...create.input, inputReference, extra: { a: [1, { b: 2n }], __proto__: null } };
    const hash = await inputHash(input, webSha256);
    expect(hash).toBe(await inputHash(input, sha256));
    expect(hash).not.toBe(await inputHash({ ...input, inputReference: new Blob(['another']) }, webSha256));
  });
});
