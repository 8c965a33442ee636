import { appendFile, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileLedger } from '../../../src/create/file-ledger/file-ledger.js';
import { keepMs } from '../../../src/create/file-ledger/old-files.js';
import { create, createIn, done, keyOf, ledgers, segments, standing } from './stage.js';

const home = ledgers();

/** Makes everything in the ledger as old as it must be to be removed, or a little less. */
async function age(path: string, byMs = keepMs + 60_000) {
  const then = new Date(Date.now() - byMs);
  for (const name of await readdir(`${path}.d`)) await utimes(join(`${path}.d`, name), then, then);
}

/** What one process did that is gone. */
async function past(path: string, act: (ledger: FileLedger) => Promise<unknown>) {
  const ledger = await home.open(path);
  await act(ledger);
  await ledger.close();
}

/** What is there after another process has noted something. */
async function filesAfterNote(path: string) {
  const before = await readdir(`${path}.d`);
  await past(path, (ledger) => ledger.begin(create));
  const after = new Set(await readdir(`${path}.d`));
  return before.filter((name) => after.has(name));
}

const finish = (id: string) => async (ledger: FileLedger) => {
  await createIn(ledger, id, { idempotencyKey: id });
  await ledger.end(done(id), create.baseUrl);
};

describe('old files of a ledger', () => {
  it('are removed when all in them is finished, with their claims', async () => {
    const path = await home.path();
    await past(path, finish('a'));
    await age(path);
    expect(await filesAfterNote(path)).toEqual([]);
  });

  it('stay while they are younger', async () => {
    const path = await home.path();
    await past(path, finish('a'));
    await age(path, keepMs - 60_000);
    expect(await filesAfterNote(path)).toHaveLength(2);
  });

  it('stay when nobody writes', async () => {
    const path = await home.path();
    await past(path, finish('a'));
    await age(path);
    await past(path, (ledger) => ledger.unfinished());
    expect(await readdir(`${path}.d`)).toHaveLength(2);
  });

  const unfinished: readonly (readonly [string, (ledger: FileLedger) => Promise<unknown>])[] = [
    ['a task', (ledger) => createIn(ledger, 'a')],
    ['an open create', (ledger) => ledger.begin(create)],
    [
      'an ambiguous create',
      async (ledger) =>
        ledger.note(keyOf(await ledger.begin(create)), { kind: 'ambiguous', message: 'lost', requestIds: {} }),
    ],
  ];

  it.each(unfinished)('stay with %s in them', async (_, act) => {
    const path = await home.path();
    await past(path, act);
    await age(path);
    const before = await standing(await home.open(path));
    expect(await filesAfterNote(path)).toHaveLength(1);
    expect((await standing(await home.open(path))).tasks).toEqual(before.tasks);
  });

  it.each(['\ntorn', '\n{"v":2}'])('stay with something in them that cannot be read: %j', async (text) => {
    const path = await home.path();
    await past(path, finish('a'));
    await appendFile((await segments(path))[0] as string, text);
    await age(path);
    expect((await filesAfterNote(path)).filter((name) => name.endsWith('.jsonl'))).toHaveLength(1);
  });

  it('stay when they are none of ours', async () => {
    const path = await home.path();
    await past(path, finish('a'));
    await writeFile(join(`${path}.d`, 'notes.txt'), 'mine');
    await age(path);
    expect(await filesAfterNote(path)).toEqual(['notes.txt']);
  });

  it('that end a task stay as long as the one that began it, so that it never comes back', async () => {
    const path = await home.path();
    const young = await home.open(path);
    await createIn(young, 'a');
    await young.close();
    const [beginning] = await segments(path);
    await past(path, (ledger) => ledger.end(done('a'), create.baseUrl));
    await age(path);
    await utimes(beginning as string, new Date(), new Date());
    expect(await filesAfterNote(path)).toHaveLength(2);
    expect((await standing(await home.open(path))).tasks).toEqual([]);
    await age(path);
    for (let opening = 0; opening < 2; opening++) {
      await filesAfterNote(path);
      expect((await standing(await home.open(path))).tasks).toEqual([]);
    }
    expect(await readdir(`${path}.d`)).not.toContain((beginning as string).split('/').pop());
  });

  it('are not written on by who was idle for a day', async () => {
    const path = await home.path();
    let now = Date.now();
    const ledger = await home.open(path, { now: () => now });
    await createIn(ledger, 'a');
    await ledger.end(done('a'), create.baseUrl);
    now += 86_400_001;
    await createIn(ledger, 'b');
    expect(await segments(path)).toHaveLength(2);
    expect((await standing(await home.open(path))).tasks).toEqual(['b']);
  });
});
