import { chmod, chown, copyFile, link, mkdir, readdir, rm, stat, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Disk, nodeDisk } from '../../../src/create/file-ledger/disk.js';
import { openLedger } from '../../../src/create/file-ledger/open-ledger.js';
import { recordOf } from '../../../src/create/ledger.js';
import { reasonOf } from '../studio.js';
import { create, createIn, done, everything, keyOf, ledgers, made, segments, standing } from './stage.js';

const home = ledgers();

describe('a ledger', () => {
  it('tells when a create was begun, not when it was noted', async () => {
    let now = 1_000;
    const ledger = await home.open(await home.path(), { now: () => now });
    const key = keyOf(await ledger.begin(create));
    now = 2_000;
    await ledger.note(key, { kind: 'created', snapshot: made('a') });
    const { snapshots } = await ledger.unfinished();
    expect(recordOf(snapshots[0])?.createdAt).toBe(1_000);
  });

  it('is awaited, iterated and iterated asynchronously', async () => {
    const ledger = await home.open(await home.path());
    await createIn(ledger, 'a');
    const seen: string[] = [];
    for await (const { task } of ledger.unfinished()) seen.push(task.id);
    for (const { task } of await ledger.unfinished()) seen.push(task.id);
    expect(seen).toEqual(['a', 'a']);
  });

  it('leaves nothing behind when it is only read, and told of the end of a task that it does not know', async () => {
    const path = await home.path();
    const ledger = await home.open(path);
    await ledger.unfinished();
    await ledger.end(done('a'), create.baseUrl);
    await ledger.close();
    expect(await readdir(join(path, '..'))).toEqual([]);
  });

  it('is closed by whoever disposes of it, says so, and can still be read', async () => {
    const ledger = await home.open(await home.path());
    const key = keyOf(await ledger.begin(create));
    await ledger[Symbol.asyncDispose]();
    expect(await reasonOf(ledger.begin(create))).toMatchObject({
      code: 'LEDGER_FAILED',
      message: expect.stringContaining('closed'),
    });
    expect((await standing(ledger)).creates).toEqual([`${key} ambiguous`]);
  });
});

describe('a create', () => {
  it('is in flight while its writer shows that it lives, and ambiguous after that', async () => {
    const path = await home.path();
    const [one, two] = [await home.open(path), await home.open(path)];
    const key = keyOf(await one.begin(create));
    expect((await standing(one)).creates).toEqual([`${key} in-flight`]);
    expect((await standing(two)).creates).toEqual([`${key} in-flight`]);
    await one.close();
    const [file] = await segments(path);
    await utimes(file as string, new Date(0), new Date(0));
    expect((await standing(two)).creates).toEqual([`${key} ambiguous`]);
  });

  it('is shown to be in flight for as long as its writer waits', async () => {
    const path = await home.path();
    const [one, two] = [await home.open(path), await home.open(path)];
    const key = keyOf(await one.begin(create));
    for (const file of await segments(path)) await utimes(file, 0, 0);
    await expect.poll(async () => (await standing(two)).creates, { timeout: 10_000 }).toEqual([`${key} in-flight`]);
  });

  it('is in flight from the moment on that its note can be read', async () => {
    const path = await home.path();
    let synced = () => {};
    const isSynced = new Promise<void>((resolve) => {
      synced = resolve;
    });
    const slow: Disk = { ...nodeDisk, syncFolder: () => isSynced };
    const ledger = await home.open(path, { disk: slow });
    const begun = ledger.begin(create);
    try {
      await expect.poll(async () => (await ledger.unfinished()).creates).toMatchObject([{ state: 'in-flight' }]);
    } finally {
      synced();
    }
    await begun;
  });

  it.each([60_000, -60_000])("is in flight although its writer's clock is off by %i ms", async (offMs) => {
    const path = await home.path();
    const [one, two] = [await home.open(path), await home.open(path)];
    const key = keyOf(await one.begin(create));
    const [file] = (await segments(path)) as [string];
    const beat = async () => utimes(file, new Date(), new Date(Date.now() + offMs));
    await beat();
    const looked = standing(two);
    const beats = setInterval(beat, 50);
    try {
      expect((await looked).creates).toEqual([`${key} in-flight`]);
    } finally {
      clearInterval(beats);
    }
  });

  it('is ambiguous when its file is no more than a minute old, and stays as it is', async () => {
    const path = await home.path();
    const [one, two] = [await home.open(path), await home.open(path)];
    const key = keyOf(await one.begin(create));
    await one.close();
    const [file] = (await segments(path)) as [string];
    await utimes(file, new Date(), new Date(Date.now() - 60_000));
    expect((await standing(two)).creates).toEqual([`${key} ambiguous`]);
  });
});

describe('what a ledger reveals', () => {
  it('is for its owner only, whatever the umask', async () => {
    const path = await home.path();
    const before = process.umask(0);
    try {
      await createIn(await home.open(path), 'a', { idempotencyKey: 'job' });
    } finally {
      process.umask(before);
    }
    expect(((await stat(`${path}.d`)).mode & 0o777).toString(8)).toBe('700');
    for (const name of await readdir(`${path}.d`))
      expect(((await stat(join(`${path}.d`, name))).mode & 0o777).toString(8)).toBe('600');
  });

  const prompts = [
    ['short', 'a cat'],
    ['plain', 'SECRETF the quick brown fox'],
    ['long and quoted', `say "${'SECRET '.repeat(60)}"\n`],
  ] as const;

  it.each(prompts)('is nothing of a %s prompt, however a server repeats it', async (_, prompt) => {
    const path = await home.path();
    const ledger = await home.open(path);
    const begin = async (text: string) =>
      keyOf(await ledger.begin({ ...create, input: { ...create.input, prompt: text } }));
    const repeated = [prompt, JSON.stringify(prompt), `${prompt.slice(0, 20)}...`, prompt.slice(0, 200)];
    for (const said of repeated) {
      const requestIds = { 'x-request-id': said, 'cf-ray': 'r-1' };
      await ledger.note(await begin(prompt), {
        kind: 'ambiguous',
        message: `HTTP 500: ${said}`,
        status: 500,
        requestIds,
      });
      const told = { model: said, providerStatus: said, size: said };
      await ledger.note(await begin(prompt), { kind: 'created', snapshot: made(`task-${said.length}`, told) });
      await ledger.end({ ...done(`task-${said.length}`), ...told }, create.baseUrl);
    }
    expect(await everything(path)).not.toMatch(/SECRET|a cat/);
    const { creates } = await ledger.unfinished();
    expect(creates.map(({ evidence }) => evidence)).toEqual(
      repeated.map(() => ({ status: 500, requestIds: { 'cf-ray': 'r-1' } })),
    );
  });

  it('is not written to, or read from, where a link leads', async () => {
    const path = await home.path();
    const elsewhere = join(await home.home(), 'elsewhere');
    await mkdir(elsewhere);
    await symlink(elsewhere, `${path}.d`);
    expect(await reasonOf(openLedger(path))).toMatchObject({
      code: 'LEDGER_FAILED',
      message: expect.stringContaining(path),
    });
    await rm(`${path}.d`);
    const ledger = await home.open(path);
    await symlink(elsewhere, `${path}.d`);
    expect(await reasonOf(ledger.begin(create))).toMatchObject({ code: 'LEDGER_FAILED' });
    expect(await readdir(elsewhere)).toEqual([]);
  });
});

describe('a file that does not belong', () => {
  /** A ledger with a task, beside which a file is put. */
  async function beside(put: (odd: string, segment: string) => Promise<unknown>) {
    const path = await home.path();
    const ledger = await home.open(path);
    await createIn(ledger, 'a');
    const odd = join(`${path}.d`, 'x.jsonl');
    await put(odd, (await segments(path))[0] as string);
    return { path, ledger, odd };
  }

  /** A copy that this user may not read or, being root, does not trust. */
  async function foreignCopy(odd: string, segment: string) {
    await copyFile(segment, odd);
    await (process.getuid?.() === 0 ? chown(odd, 1, 1) : chmod(odd, 0));
  }

  it.each([
    ['a link', (odd: string, segment: string) => symlink(segment, odd)],
    ['a folder', (odd: string) => mkdir(odd)],
    ["another user's", foreignCopy],
  ])('is left out and counted when it is %s, and holds up only creates that have a name', async (_, put) => {
    const { path, odd } = await beside(put);
    const ledger = await home.open(path);
    expect(await standing(ledger)).toEqual({ tasks: ['a'], creates: [], skipped: 1 });
    expect(await ledger.begin(create)).toMatchObject({ kind: 'new' });
    // It may tell of a create of that name.
    expect(await reasonOf(ledger.begin({ ...create, idempotencyKey: 'job' }))).toMatchObject({
      code: 'LEDGER_FAILED',
      message: expect.stringContaining(odd),
    });
    await rm(odd, { recursive: true });
    expect(await ledger.begin({ ...create, idempotencyKey: 'job' })).toMatchObject({ kind: 'new' });
    expect((await standing(ledger)).skipped).toBe(0);
  });

  it('is read all the same when it is a second name of a segment, as backups make', async () => {
    const { path } = await beside((odd, segment) => link(segment, odd));
    const ledger = await home.open(path);
    expect(await standing(ledger)).toEqual({ tasks: ['a'], creates: [], skipped: 0 });
    expect(await ledger.begin({ ...create, idempotencyKey: 'job' })).toMatchObject({ kind: 'new' });
  });
});

describe('openLedger', () => {
  it('refuses wrong options by name', async () => {
    const path = await home.path();
    const wrong = [
      openLedger(''),
      openLedger(path, { keepPrompts: 1 as never }),
      openLedger(path, { keepPrompt: true } as never),
      openLedger(path, null as never),
    ];
    for (const attempt of wrong)
      expect(await reasonOf(attempt)).toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('openLedger'),
      });
  });
});
