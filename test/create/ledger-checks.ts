import { expect } from 'vitest';
import { type Ledger, type NewCreate, recordOf } from '../../src/create/ledger.js';
import type { CreateInput, Snapshot } from '../../src/index.js';
import { create, done, keyOf, made } from './file-ledger/facts.js';
import type { Closable } from './ledger-model.js';
import { reasonOf } from './studio.js';

/** One place for a ledger, and what may be asked about it. */
export interface LedgerStage {
  /** Opens the ledger of this place, as another process or tab would. */
  open(options?: { readonly nowMs?: number; readonly keepPrompts?: boolean }): Promise<Closable>;
  /** Everything that was written so far, names included. */
  everything(): Promise<string>;
}

/** Begins and notes the task of that id. */
export async function createIn(ledger: Ledger, id: string, more: Partial<NewCreate> = {}): Promise<string> {
  const key = keyOf(await ledger.begin({ ...create, ...more }));
  await ledger.note(key, { kind: 'created', snapshot: made(id) });
  return key;
}

/** What is left, as plain ids and states. */
export async function standing(ledger: Ledger) {
  const { snapshots, creates, skipped } = await ledger.unfinished();
  return {
    tasks: snapshots.map(({ task }) => task.id).sort(),
    creates: creates.map(({ key, state }) => `${key} ${state}`).sort(),
    skipped,
  };
}

const named = { ...create, idempotencyKey: 'job-1' };
const lost = { kind: 'ambiguous', message: 'lost', requestIds: {} } as const;
const refused = { kind: 'refused', code: 'RATE_LIMITED', message: 'later' } as const;
const pair = (stage: LedgerStage) => Promise.all([stage.open(), stage.open()]);

/** What is true of every ledger that several processes or tabs can open. */
export const ledgerChecks: Readonly<Record<string, (stage: LedgerStage) => Promise<void>>> = {
  'gives back what was created, as it was told, with where and when': async (stage) => {
    const ledger = await stage.open({ nowMs: 1_000 });
    const facts = { progress: 3, createdAt: 1_500, model: create.input.model, seconds: 5, size: '1280x720' };
    await ledger.note(keyOf(await ledger.begin(create)), { kind: 'created', snapshot: made('a', facts) });
    await ledger.close();
    const { snapshots, creates, skipped } = await (await stage.open()).unfinished();
    expect(snapshots).toEqual([made('a', facts)]);
    expect([creates, skipped]).toEqual([[], 0]);
    expect(recordOf(snapshots[0])).toEqual({ createdAt: 1_000, baseUrl: create.baseUrl });
    expect(Object.isFrozen(snapshots[0]) && Object.isFrozen(snapshots[0]?.task)).toBe(true);
  },

  'knows what it was told to note a moment ago': async (stage) => {
    const ledger = await stage.open();
    await createIn(ledger, 'a');
    const ending = ledger.end(done('a'), create.baseUrl);
    expect((await standing(ledger)).tasks).toEqual([]);
    await ending;
    const settling = ledger.settle(keyOf(await ledger.begin(create)), 'abandoned');
    expect((await standing(ledger)).creates).toEqual([]);
    await settling;
  },

  'forgets a task that ended, whoever saw it': async (stage) => {
    const [one, two] = await pair(stage);
    await createIn(one, 'a');
    await createIn(one, 'b');
    await two.end(done('a'), create.baseUrl);
    expect((await standing(one)).tasks).toEqual(['b']);
    expect((await standing(await stage.open())).tasks).toEqual(['b']);
  },

  'keeps apart the tasks of two places that have the same name': async (stage) => {
    const ledger = await stage.open();
    await createIn(ledger, 'a');
    await createIn(ledger, 'a', { baseUrl: 'https://elsewhere.example.com' });
    await ledger.end(done('a'), create.baseUrl);
    const { snapshots } = await ledger.unfinished();
    expect(snapshots.map((snapshot) => recordOf(snapshot)?.baseUrl)).toEqual(['https://elsewhere.example.com']);
  },

  'never takes up a task that was created ended': async (stage) => {
    const ledger = await stage.open();
    await ledger.note(keyOf(await ledger.begin(create)), { kind: 'created', snapshot: done('a') });
    expect(await standing(ledger)).toMatchObject({ tasks: [], creates: [] });
  },

  'notes no end of a task that it does not know, and no second one': async (stage) => {
    const ledger = await stage.open();
    await ledger.end(done('a'), create.baseUrl);
    await createIn(ledger, 'a');
    expect((await standing(ledger)).tasks).toEqual(['a']);
    await ledger.end(done('a'), create.baseUrl);
    await ledger.end(done('a'), create.baseUrl);
    expect((await stage.everything()).match(/"kind":"ended"/g)).toHaveLength(1);
  },

  'has noted, once it is closed, what it was told before': async (stage) => {
    const ledger = await stage.open();
    const key = keyOf(await ledger.begin(create));
    const settling = ledger.settle(key, { ref: { provider: 'ark', id: 'a' } });
    await Promise.all([ledger.close(), settling]);
    expect((await standing(await stage.open())).tasks).toEqual(['a']);
  },

  'notes nothing after it was closed': async (stage) => {
    const ledger = await stage.open();
    const key = keyOf(await ledger.begin(create));
    await ledger.close();
    await ledger.close();
    expect(await reasonOf(ledger.begin(create))).toMatchObject({ code: 'LEDGER_FAILED', retryable: false });
    expect(await reasonOf(ledger.note(key, lost))).toMatchObject({ code: 'LEDGER_FAILED' });
  },

  'shows an open create to be in flight, here and elsewhere': async (stage) => {
    const [one, two] = await pair(stage);
    const key = keyOf(await one.begin(create));
    for (const ledger of [one, two]) expect((await standing(ledger)).creates).toEqual([`${key} in-flight`]);
    await one.note(key, lost);
    for (const ledger of [one, two]) expect((await standing(ledger)).creates).toEqual([`${key} ambiguous`]);
  },

  'tells all that is known of an ambiguous create, with its text where it was told to keep it': async (stage) => {
    const ledger = await stage.open({ nowMs: 1_000, keepPrompts: true });
    const key = keyOf(await ledger.begin({ ...create, idempotencyKey: 'job' }));
    await ledger.note(key, { ...lost, status: 502, requestIds: { 'x-request-id': 'r' } });
    const { provider, baseUrl } = create;
    const { model, prompt } = create.input;
    const evidence = { message: 'lost', status: 502, requestIds: { 'x-request-id': 'r' } };
    const promptHash = expect.stringMatching(/^[0-9a-f]{64}$/);
    const told = { key, state: 'ambiguous', provider, baseUrl, model, prompt, promptHash, sentAt: 1_000 };
    expect((await ledger.unfinished()).creates).toEqual([{ ...told, idempotencyKey: 'job', evidence }]);
  },

  'makes a task of what was ambiguous and is heard of after all, each once or twice': async (stage) => {
    const ledger = await stage.open();
    const key = keyOf(await ledger.begin(create));
    for (const _ of ['once', 'twice']) await ledger.note(key, lost);
    for (const _ of ['once', 'twice']) await ledger.note(key, { kind: 'created', snapshot: made('a') });
    expect(await standing(ledger)).toMatchObject({ tasks: ['a'], creates: [] });
  },

  'is done with what was refused': async (stage) => {
    const ledger = await stage.open();
    await ledger.note(keyOf(await ledger.begin(create)), refused);
    expect(await standing(ledger)).toMatchObject({ tasks: [], creates: [] });
  },

  'cannot note what was not begun': async (stage) => {
    const reason = await reasonOf((await stage.open()).note('key-of-nobody', refused));
    expect(reason).toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('key-of-nobody') });
  },

  'takes providers and addresses that are some': async (stage) => {
    const ledger = await stage.open();
    for (const wrong of [{ provider: 'A b' }, { baseUrl: 'nowhere' }, { baseUrl: 'file:///etc' }])
      expect(await reasonOf(ledger.begin({ ...create, ...wrong }))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  },

  'makes a task of what a person found, in any process': async (stage) => {
    const key = keyOf(await (await stage.open({ nowMs: 7 })).begin(create));
    const other = await stage.open();
    await other.settle(key, { ref: { provider: 'ark', id: 'a' } });
    const { snapshots, creates } = await other.unfinished();
    const found = { status: 'unknown', providerStatus: '', model: create.input.model } as Partial<Snapshot>;
    expect([snapshots, creates]).toEqual([[made('a', found)], []]);
    expect(recordOf(snapshots[0])).toEqual({ createdAt: 7, baseUrl: create.baseUrl });
  },

  'closes what was not created, and what is abandoned': async (stage) => {
    const ledger = await stage.open();
    for (const settlement of ['not-created', 'abandoned'] as const) {
      const key = keyOf(await ledger.begin(create));
      await ledger.note(key, lost);
      await ledger.settle(key, settlement);
      expect(await standing(ledger)).toMatchObject({ tasks: [], creates: [] });
    }
  },

  'does not believe that a create made nothing while its answer is waited for': async (stage) => {
    const [one, two] = await pair(stage);
    const key = keyOf(await one.begin(named));
    for (const ledger of [one, two])
      expect(await reasonOf(ledger.settle(key, 'not-created'))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('waits'),
      });
    expect(await reasonOf(two.begin(named))).toMatchObject({ code: 'CREATE_AMBIGUOUS' });
    await two.settle(key, { ref: { provider: 'ark', id: 'a' } });
    expect((await standing(one)).tasks).toEqual(['a']);
    // Its sender still waits, but what it made is known.
    expect(await one.begin(named)).toMatchObject({ kind: 'known', snapshot: { task: { id: 'a' } } });
  },

  'abandons a task, by the key of its create or by its own': async (stage) => {
    const ledger = await stage.open();
    const key = await createIn(ledger, 'a');
    await createIn(ledger, 'b/c');
    await ledger.settle(key, 'abandoned');
    await ledger.settle('ark/b/c', 'abandoned');
    expect((await standing(ledger)).tasks).toEqual([]);
  },

  'loses neither task when another one is heard of than was found': async (stage) => {
    const ledger = await stage.open();
    const key = keyOf(await ledger.begin(create));
    await ledger.settle(key, { ref: { provider: 'ark', id: 'found' } });
    await ledger.note(key, { kind: 'created', snapshot: made('told') });
    await ledger.note(key, { kind: 'created', snapshot: made('told-later') });
    expect((await standing(ledger)).tasks).toEqual(['found', 'told', 'told-later']);
  },

  'settles nothing that is not open, and nothing as what does not suit it': async (stage) => {
    const ledger = await stage.open();
    const created = await createIn(ledger, 'a');
    const open = keyOf(await ledger.begin(create));
    const wrong = [
      () => ledger.settle('nobody', 'abandoned'),
      () => ledger.settle(created, 'not-created'),
      () => ledger.settle(created, { ref: { provider: 'ark', id: 'b' } }),
      () => ledger.settle(open, { ref: { provider: 'cometapi', id: 'b' } }),
      () => ledger.settle(open, { ref: { provider: 'ark', id: '..' } }),
      () => ledger.settle(open, 'gone' as 'abandoned'),
    ];
    for (const attempt of wrong) expect(await reasonOf(attempt())).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await reasonOf(ledger.settle('nobody', 'abandoned'))).toMatchObject({
      message: expect.stringContaining('nobody'),
    });
    expect(await standing(ledger)).toMatchObject({ tasks: ['a'], creates: [`${open} in-flight`] });
  },

  'lets a name stand for the task that it made, everywhere, also after that has ended': async (stage) => {
    const [ledger, other] = await pair(stage);
    await createIn(ledger, 'a', named);
    const known = { kind: 'known', snapshot: { task: { provider: 'ark', id: 'a' }, status: 'queued' } };
    for (const each of [ledger, other]) expect(await each.begin(named)).toMatchObject(known);
    await other.end(done('a'), create.baseUrl);
    expect(await other.begin(named)).toMatchObject({ kind: 'known', snapshot: { status: 'completed' } });
    expect(await ledger.begin(named)).toMatchObject({ kind: 'known' });
    expect(await ledger.begin({ ...named, provider: 'ark-2' })).toMatchObject({ kind: 'new' });
  },

  'waits for a create of that name that is in flight here': async (stage) => {
    const ledger = await stage.open();
    const key = keyOf(await ledger.begin(named));
    const others = [ledger.begin(named), ledger.begin(named)];
    for (let turn = 0; turn < 5; turn++) await ledger.unfinished();
    await ledger.note(key, { kind: 'created', snapshot: made('a') });
    const known = { kind: 'known', snapshot: { task: { id: 'a' } } };
    expect(await Promise.all(others)).toMatchObject([known, known]);
    expect((await standing(ledger)).creates).toEqual([]);
  },

  'tells one that waits so what a person found': async (stage) => {
    const ledger = await stage.open();
    const key = keyOf(await ledger.begin(named));
    const waiting = ledger.begin(named);
    for (let turn = 0; turn < 5; turn++) await ledger.unfinished();
    await ledger.settle(key, { ref: { provider: 'ark', id: 'a' } });
    expect(await waiting).toMatchObject({ kind: 'known', snapshot: { task: { id: 'a' } } });
  },

  'refuses one that waits so when it is closed': async (stage) => {
    const ledger = await stage.open();
    await ledger.begin(named);
    const waiting = reasonOf(ledger.begin(named));
    for (let turn = 0; turn < 5; turn++) await ledger.unfinished();
    await ledger.close();
    expect(await waiting).toMatchObject({ code: 'LEDGER_FAILED' });
  },

  'sends one of many that are begun at once, in one place or several': async (stage) => {
    const [ledger, other] = await pair(stage);
    const all = Array.from({ length: 10 }, async (_, nth) => {
      const who = nth % 2 === 0 ? ledger : other;
      const said = await who.begin(named).catch((error: { code: string }) => error);
      if (!('kind' in said)) return said.code;
      if (said.kind === 'new') await who.note(said.key, { kind: 'created', snapshot: made('a') });
      return said.kind;
    });
    const counts = new Map<string, number>();
    for (const kind of await Promise.all(all)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    expect(counts.get('new')).toBe(1);
    // Whoever asks while it is in flight elsewhere is refused.
    expect((counts.get('known') ?? 0) + (counts.get('CREATE_AMBIGUOUS') ?? 0)).toBe(9);
    expect(counts.get('known')).toBeGreaterThanOrEqual(4);
    expect((await standing(await stage.open())).tasks).toEqual(['a']);
  },

  'does not send one whose name is in flight elsewhere, or ambiguous': async (stage) => {
    const [ledger, other] = await pair(stage);
    const key = keyOf(await ledger.begin(named));
    const { provider, baseUrl } = named;
    const trace = { key, provider, baseUrl, model: named.input.model, idempotencyKey: 'job-1', requestIds: {} };
    const ambiguous = { code: 'CREATE_AMBIGUOUS', retryable: false };
    expect(await reasonOf(other.begin(named))).toMatchObject({ ...ambiguous, create: trace });
    const answer = { status: 502, requestIds: { 'x-request-id': 'r1' } };
    await ledger.note(key, { ...lost, ...answer });
    for (const any of [ledger, other])
      expect(await reasonOf(any.begin(named))).toMatchObject({ ...ambiguous, create: { ...trace, ...answer } });
  },

  'sends anew, each time once, what was refused or found not to be created': async (stage) => {
    const [ledger, other] = await pair(stage);
    const first = keyOf(await ledger.begin(named));
    await ledger.note(first, refused);
    const second = keyOf(await other.begin(named));
    expect(await reasonOf(ledger.begin(named))).toMatchObject({ code: 'CREATE_AMBIGUOUS', create: { key: second } });
    await other.note(second, lost);
    await ledger.settle(second, 'not-created');
    const third = keyOf(await ledger.begin(named));
    expect(new Set([first, second, third]).size).toBe(3);
    await ledger.note(third, { kind: 'created', snapshot: made('a') });
    expect(await other.begin(named)).toMatchObject({ kind: 'known', snapshot: { task: { id: 'a' } } });
  },

  'never sends again what was abandoned': async (stage) => {
    const ledger = await stage.open();
    const key = keyOf(await ledger.begin(named));
    await ledger.settle(key, 'abandoned');
    expect(await reasonOf(ledger.begin(named))).toMatchObject({ code: 'CREATE_AMBIGUOUS', create: { key } });
  },

  'lets a name stand for the task that a person found': async (stage) => {
    const ledger = await stage.open();
    await ledger.settle(keyOf(await ledger.begin(named)), { ref: { provider: 'ark', id: 'found' } });
    const snapshot = { task: { id: 'found' }, status: 'unknown' };
    expect(await ledger.begin(named)).toMatchObject({ kind: 'known', snapshot });
  },

  'lets a name stand for one input and one origin': async (stage) => {
    const ledger = await stage.open();
    const input = { ...create.input, seconds: 5, extra: { a: 1, b: { c: 2, d: 3 } } } satisfies CreateInput;
    await createIn(ledger, 'a', { ...named, input });
    const same = { extra: { b: { d: 3, c: 2 }, a: 1 }, seconds: 5, ...create.input };
    expect(await ledger.begin({ ...named, input: same })).toMatchObject({ kind: 'known' });
    const others = [{ input: { ...input, seconds: 6 } }, { input, baseUrl: 'https://elsewhere.example.com' }];
    for (const other of others)
      expect(await reasonOf(ledger.begin({ ...named, ...other }))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('create.idempotencyKey'),
      });
  },

  'writes no key, query, link, raw body, error text or prompt': async (stage) => {
    const canary = 'CANARY';
    const ledger = await stage.open();
    const input = { ...create.input, prompt: `a ${canary} in a mine`, extra: { note: canary } };
    const baseUrl = `https://${canary}:${canary}@ark.example.com/api?key=${canary}#${canary}`;
    const begin = async (more = {}) => keyOf(await ledger.begin({ provider: 'ark', baseUrl, input, ...more }));
    const link = { videoUrl: `https://cdn.example.com/v.mp4?sig=${canary}`, raw: { canary } };
    const snapshot = { ...made('a', link as object), providerStatus: `a ${canary}`, raw: canary };
    await ledger.note(await begin({ idempotencyKey: 'job' }), { kind: 'created', snapshot });
    const message = `"${input.prompt}" failed at https://x.example.com/?key=${canary} with Bearer ${canary}`;
    const requestIds = { id: `https://x.example.com/?${canary}` };
    await ledger.note(await begin(), { kind: 'ambiguous', message, requestIds });
    await ledger.note(await begin(), { kind: 'refused', code: 'REJECTED', message: canary });
    const failed = { ...made('a'), status: 'failed', error: { code: canary, message: canary } } as never;
    await ledger.end(failed, create.baseUrl);
    const written = await stage.everything();
    for (const kind of ['begun', 'created', 'ambiguous', 'refused', 'ended']) expect(written).toContain(kind);
    expect(written).not.toContain(canary);
  },
};
