import { utimes } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { CreateInput } from '../../../src/index.js';
import { reasonOf } from '../studio.js';
import { create, createIn, everything, keyOf, ledgers, made, segments, standing } from './stage.js';

const home = ledgers();
const named = { ...create, idempotencyKey: 'job-1' };

describe('a create with an idempotency key', () => {
  it('begun many times at once is sent once', async () => {
    const path = await home.path();
    const ledger = await home.open(path);
    const begun = Array.from({ length: 5 }, () => ledger.begin(named));
    const key = keyOf(await Promise.race(begun));
    await ledger.note(key, { kind: 'created', snapshot: made('a') });
    expect((await Promise.all(begun)).map(({ kind }) => kind).sort()).toEqual([
      'known',
      'known',
      'known',
      'known',
      'new',
    ]);
    expect((await everything(path)).match(/"begun"/g)).toHaveLength(1);
  });

  const image = (bytes: string, type = 'image/png') => new Blob([bytes], { type });
  const base: CreateInput = {
    ...create.input,
    seconds: 5,
    inputReference: image('one'),
    extra: { a: 1, b: [{ c: 2, d: 3 }] },
  };
  const others: readonly (readonly [string, CreateInput])[] = [
    ['prompt', { ...base, prompt: 'another' }],
    ['image', { ...base, inputReference: image('two') }],
    ['image type', { ...base, inputReference: image('one', 'image/jpeg') }],
    ['extra field', { ...base, extra: { a: 1, b: [{ c: 2, d: 4 }] } }],
    ['order of a list', { ...base, extra: { a: 1, b: [{ c: 2 }, { d: 3 }] } }],
    ['length', { ...base, seconds: 6 }],
  ];

  it.each(others)('stands for its whole input: not for another %s', async (_, input) => {
    const ledger = await home.open(await home.path());
    await createIn(ledger, 'a', { ...named, input: base });
    expect(await reasonOf(ledger.begin({ ...named, input }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('create.idempotencyKey'),
    });
  });

  it('does not care for the order of fields, or for fields that are undefined', async () => {
    const ledger = await home.open(await home.path());
    await createIn(ledger, 'a', { ...named, input: base });
    const { prompt, model, ...rest } = base;
    const same = {
      ...rest,
      extra: { b: [{ d: 3, c: 2 }], a: 1 },
      size: undefined,
      inputReference: image('one'),
      prompt,
      model,
    };
    expect(await ledger.begin({ ...named, input: same as unknown as CreateInput })).toMatchObject({ kind: 'known' });
  });

  it('stands for one origin', async () => {
    const ledger = await home.open(await home.path());
    await createIn(ledger, 'a', named);
    expect(await reasonOf(ledger.begin({ ...named, baseUrl: 'https://elsewhere.example.com' }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('origin'),
    });
  });

  it('crashed between its intent and its claim is open, and can be settled', async () => {
    const path = await home.path();
    const { nodeDisk } = await import('../../../src/create/file-ledger/disk.js');
    const dead = await home.open(path, { disk: { ...nodeDisk, link: () => new Promise<never>(() => undefined) } });
    void dead.begin(named);
    const ledger = await home.open(path);
    await expect.poll(async () => (await ledger.unfinished()).creates.length).toBe(1);
    const [open] = (await ledger.unfinished()).creates;
    expect(await reasonOf(ledger.begin(named))).toMatchObject({ code: 'CREATE_AMBIGUOUS' });
    await dead.close();
    for (const file of await segments(path)) await utimes(file, 0, 0);
    await ledger.settle(open?.key as string, 'not-created');
    await createIn(ledger, 'a', named);
    expect(await standing(ledger)).toMatchObject({ tasks: ['a'], creates: [] });
  });

  it('gives way to a claim whose create it cannot see', async () => {
    const path = await home.path();
    const { nodeDisk } = await import('../../../src/create/file-ledger/disk.js');
    await (await home.open(path)).begin(named);
    // A network file system may show a new file late.
    const blind = { ...nodeDisk, readdir: async () => [] };
    const late = await home.open(path, { disk: blind });
    expect(await reasonOf(late.begin(named))).toMatchObject({ code: 'CREATE_AMBIGUOUS' });
    expect((await (await home.open(path)).unfinished()).creates).toHaveLength(1);
  });
});
