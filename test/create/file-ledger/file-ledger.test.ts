import { chmod, chown, copyFile, link, mkdir, readdir, rm, stat, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Disk, nodeDisk } from '../../../src/create/file-ledger/disk.js';
import { openLedger } from '../../../src/create/file-ledger/open-ledger.js';
import { recordOf } from '../../../src/create/ledger.js';
import type { Snapshot } from '../../../src/index.js';
import { reasonOf } from '../studio.js';
import { create, createIn, done, everything, keyOf, ledgers, made, segments, standing } from './stage.js';

const home = ledgers();

describe('a ledger', () => {
  it('gives back what was created, as it was told, with where and when', async () => {
    const path = await home.path();
    let now = 1_000;
    const ledger = await home.open(path, { now: () => now });
    const key = keyOf(await ledger.begin(create));
    now = 2_000;
    const facts = { progress: 3, createdAt: 1_500, model: create.input.model, seconds: 5, size: '1280x720' };
    await ledger.note(key, { kind: 'created', snapshot: made('a', facts) });
    await ledger.close();
    const { snapshots, creates, skipped } = await (await home.open(path)).unfinished();
    expect(snapshots).toEqual([made('a', facts)]);
    expect([creates, skipped]).toEqual([[], 0]);
    expect(recordOf(snapshots[0])).toEqual({ createdAt: 1_000, baseUrl: create.baseUrl });
    expect(Object.isFrozen(snapshots[0]) && Object.isFrozen(snapshots[0]?.task)).toBe(true);
  });

  it('is awaited, iterated and iterated asynchronously', async () => {
    const ledger = await home.open(await home.path());
    await createIn(ledger, 'a');
    const seen: string[] = [];
    for await (const { task } of ledger.unfinished()) seen.push(task.id);
    for (const { task } of await ledger.unfinished()) seen.push(task.id);
    expect(seen).toEqual(['a', 'a']);
  });

  it('knows what it was told to note a moment ago', async () => {
    const ledger = await home.open(await home.path());
    await createIn(ledger, 'a');
    const ending = ledger.end(done('a'), create.baseUrl);
    expect((await standing(ledger)).tasks).toEqual([]);
    await ending;
  });

  it('forgets a task that ended, whoever saw it', async () => {
    const path = await home.path();
    const [one, two] = [await home.open(path), await home.open(path)];
    await createIn(one, 'a');
    await createIn(one, 'b');
    await two.end(done('a'), create.baseUrl);
    expect((await standing(one)).tasks).toEqual(['b']);
    expect((await standing(await home.open(path))).tasks).toEqual(['b']);
  });

  it('never takes up a task that was created ended', async () => {
    const ledger = await home.open(await home.path());
    const key = keyOf(await ledger.begin(create));
    await ledger.note(key, { kind: 'created', snapshot: done('a') });
    expect(await standing(ledger)).toMatchObject({ tasks: [], creates: [] });
  });

  it('notes no end of a task that it does not know, and no second one', async () => {
    const path = await home.path();
    const ledger = await home.open(path);
    await ledger.end(done('a'), create.baseUrl);
    expect(await readdir(join(path, '..'))).toEqual([]);
    await createIn(ledger, 'a');
    await ledger.end(done('a'), create.baseUrl);
    await ledger.end(done('a'), create.baseUrl);
    expect((await everything(path)).match(/"ended"/g)).toHaveLength(1);
  });

  it('leaves nothing behind when it is only read', async () => {
    const path = await home.path();
    const ledger = await home.open(path);
    await ledger.unfinished();
    await ledger.close();
    expect(await readdir(join(path, '..'))).toEqual([]);
  });

  it('is closed by whoever disposes of it, and notes nothing after that', async () => {
    const ledger = await home.open(await home.path());
    const key = keyOf(await ledger.begin(create));
    await ledger[Symbol.asyncDispose]();
    await ledger.close();
    expect(await reasonOf(ledger.begin(create))).toMatchObject({
      code: 'LEDGER_FAILED',
      message: expect.stringContaining('closed'),
    });
    expect(await reasonOf(ledger.note(key, { kind: 'created', snapshot: made('a') }))).toMatchObject({
      code: 'LEDGER_FAILED',
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

  it('that is ambiguous is told with all that is known of it', async () => {
    const path = await home.path();
    const ledger = await home.open(path, { now: () => 1_000, keepPrompts: true });
    const key = keyOf(await ledger.begin({ ...create, idempotencyKey: 'job' }));
    await ledger.note(key, { kind: 'ambiguous', message: 'no answer', requestIds: { 'x-request-id': 'r' } });
    expect((await ledger.unfinished()).creates).toEqual([
      {
        key,
        state: 'ambiguous',
        provider: create.provider,
        baseUrl: create.baseUrl,
        model: create.input.model,
        prompt: create.input.prompt,
        promptHash: expect.stringMatching(/^[0-9a-f]{64}$/),
        sentAt: 1_000,
        idempotencyKey: 'job',
        evidence: { message: 'no answer', requestIds: { 'x-request-id': 'r' } },
      },
    ]);
  });

  it('that was ambiguous and is heard of after all is a task', async () => {
    const ledger = await home.open(await home.path());
    const key = keyOf(await ledger.begin(create));
    await ledger.note(key, { kind: 'ambiguous', message: 'no answer', requestIds: {} });
    await ledger.note(key, { kind: 'created', snapshot: made('a') });
    expect(await standing(ledger)).toMatchObject({ tasks: ['a'], creates: [] });
  });

  it('that was refused is over', async () => {
    const ledger = await home.open(await home.path());
    const key = keyOf(await ledger.begin(create));
    await ledger.note(key, { kind: 'refused', code: 'REJECTED', message: 'no' });
    expect(await standing(ledger)).toMatchObject({ tasks: [], creates: [] });
  });

  it('that was not begun cannot be noted', async () => {
    const ledger = await home.open(await home.path());
    const noted = ledger.note('key-of-nobody', { kind: 'refused', code: 'REJECTED', message: 'no' });
    expect(await reasonOf(noted)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('key-of-nobody'),
    });
  });
});

describe('settling', () => {
  it('makes a task of what was found, from any process', async () => {
    const path = await home.path();
    const key = keyOf(await (await home.open(path, { now: () => 7 })).begin(create));
    const other = await home.open(path);
    await other.settle(key, { ref: { provider: 'ark', id: 'a' } });
    const { snapshots, creates } = await other.unfinished();
    expect([snapshots, creates]).toEqual([
      [made('a', { status: 'unknown', providerStatus: '', model: create.input.model } as Partial<Snapshot>)],
      [],
    ]);
    expect(recordOf(snapshots[0])).toEqual({ createdAt: 7, baseUrl: create.baseUrl });
  });

  it.each(['not-created', 'abandoned'] as const)('closes what is %s', async (settlement) => {
    const ledger = await home.open(await home.path());
    const key = keyOf(await ledger.begin(create));
    await ledger.note(key, { kind: 'ambiguous', message: 'lost', requestIds: {} });
    await ledger.settle(key, settlement);
    expect(await standing(ledger)).toMatchObject({ tasks: [], creates: [] });
  });

  it('does not believe that a create made nothing while its answer is waited for, here or elsewhere', async () => {
    const path = await home.path();
    const [one, two] = [await home.open(path), await home.open(path)];
    const named = { ...create, idempotencyKey: 'job' };
    const key = keyOf(await one.begin(named));
    for (const ledger of [one, two])
      expect(await reasonOf(ledger.settle(key, 'not-created'))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('waits'),
      });
    expect(await reasonOf(two.begin(named))).toMatchObject({ code: 'CREATE_AMBIGUOUS' });
    await two.settle(key, { ref: { provider: 'ark', id: 'a' } });
    expect((await standing(one)).tasks).toEqual(['a']);
  });

  it('abandons a task, by the key of its create or by its own', async () => {
    const ledger = await home.open(await home.path());
    const key = await createIn(ledger, 'a');
    await createIn(ledger, 'b/c');
    await ledger.settle(key, 'abandoned');
    await ledger.settle('ark/b/c', 'abandoned');
    expect((await standing(ledger)).tasks).toEqual([]);
  });

  it('loses neither task when another one is heard of than was found', async () => {
    const ledger = await home.open(await home.path());
    const key = keyOf(await ledger.begin(create));
    await ledger.settle(key, { ref: { provider: 'ark', id: 'found' } });
    await ledger.note(key, { kind: 'created', snapshot: made('told') });
    expect((await standing(ledger)).tasks).toEqual(['found', 'told']);
  });

  it('refuses what is not open, what suits nothing, and a task of another provider', async () => {
    const ledger = await home.open(await home.path());
    const created = await createIn(ledger, 'a');
    const open = keyOf(await ledger.begin(create));
    const wrong = [
      ledger.settle('nobody', 'abandoned'),
      ledger.settle(created, 'not-created'),
      ledger.settle(created, { ref: { provider: 'ark', id: 'b' } }),
      ledger.settle(open, { ref: { provider: 'cometapi', id: 'b' } }),
      ledger.settle(open, { ref: { provider: 'ark', id: '..' } }),
      ledger.settle(open, 'gone' as 'abandoned'),
    ];
    for (const attempt of wrong) expect(await reasonOf(attempt)).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await reasonOf(ledger.settle('nobody', 'abandoned'))).toMatchObject({
      message: expect.stringContaining('nobody'),
    });
    expect(await standing(ledger)).toMatchObject({ tasks: ['a'], creates: [`${open} in-flight`] });
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

  it('is no key, query, link, raw body or error text', async () => {
    const canary = 'CANARY';
    const path = await home.path();
    const ledger = await home.open(path);
    const input = { ...create.input, prompt: `a ${canary} in a mine`, extra: { note: canary } };
    const begin = (idempotencyKey?: string) =>
      ledger.begin({
        provider: 'ark',
        baseUrl: `https://${canary}:${canary}@ark.example.com/api?key=${canary}#${canary}`,
        input,
        idempotencyKey,
      });
    const key = keyOf(await begin('job'));
    const link = { videoUrl: `https://cdn.example.com/v.mp4?sig=${canary}`, raw: { canary } };
    await ledger.note(key, { kind: 'created', snapshot: { ...made('a', link as object), raw: canary } });
    const open = keyOf(await begin());
    const message = `"${input.prompt}" failed at https://x.example.com/?key=${canary} with Bearer ${canary}`;
    await ledger.note(open, { kind: 'ambiguous', message, requestIds: { id: `https://x.example.com/?${canary}` } });
    await ledger.note(keyOf(await begin()), { kind: 'refused', code: 'REJECTED', message: canary });
    await ledger.end(
      { ...made('a'), status: 'failed', error: { code: canary, message: canary } } as never,
      create.baseUrl,
    );
    expect(await everything(path)).not.toContain(canary);
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

  it('takes providers and addresses that are some', async () => {
    const ledger = await home.open(await home.path());
    for (const wrong of [{ provider: 'A b' }, { baseUrl: 'nowhere' }, { baseUrl: 'file:///etc' }])
      expect(await reasonOf(ledger.begin({ ...create, ...wrong }))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
