import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LedgerBook } from '../../../src/create/ledger-book.js';
import type { Intent, LedgerRecord } from '../../../src/create/ledger-record.js';
import { noteKey } from '../../../src/create/storage-ledger/note-key.js';
import { oldNotes } from '../../../src/create/storage-ledger/old-notes.js';
import { create } from '../file-ledger/facts.js';

const { provider, baseUrl } = create;
const live = { status: 'queued', providerStatus: 'queued' } as const;
const over = { status: 'completed', providerStatus: 'succeeded' } as const;
const intent = (key: string): Intent => ({ key, provider, baseUrl, model: 'm', promptHash: 'h', sentAt: 0 });
const about =
  (key: string) =>
  (kind: 'begun' | 'refused' | 'withdrawn' | 'not-created' | 'abandoned', at: number): LedgerRecord => ({
    v: 1,
    kind,
    at,
    ...intent(key),
  });
const created = (key: string, id: string, at: number, facts: typeof live | typeof over = live): LedgerRecord => ({
  ...{ v: 1, kind: 'created', at, ...intent(key) },
  id,
  facts,
});
const ambiguous = (key: string, at: number): LedgerRecord => ({
  ...{ v: 1, kind: 'ambiguous', at, ...intent(key) },
  evidence: { requestIds: {} },
});
const found = (key: string, id: string, at: number): LedgerRecord => ({
  ...{ v: 1, kind: 'found', at, ...intent(key) },
  id,
});
const ended = (id: string, at: number): LedgerRecord => ({
  ...{ v: 1, kind: 'ended', at, provider, baseUrl },
  id,
  facts: over,
});
const dropped = (id: string, at: number): LedgerRecord => ({ v: 1, kind: 'dropped', at, provider, baseUrl, id });

describe('old notes', () => {
  const finished: readonly (readonly [string, LedgerRecord[]])[] = [
    ['a task that ended', [about('a')('begun', 1), created('a', 't', 2), ended('t', 3)]],
    ['a task that was created ended', [about('a')('begun', 1), created('a', 't', 3, over)]],
    ['a task that nobody waits for', [about('a')('begun', 1), created('a', 't', 2), dropped('t', 3)]],
    ['a task that was found and ended', [about('a')('begun', 1), found('a', 't', 2), ended('t', 3)]],
    ['a refusal', [about('a')('begun', 1), about('a')('refused', 3)]],
    ['what was settled', [about('a')('begun', 1), ambiguous('a', 2), about('a')('not-created', 3)]],
    ['what was abandoned', [about('a')('begun', 1), about('a')('abandoned', 3)]],
    ['an end without its beginning', [ended('t', 3)]],
  ];

  it.each(finished)('are all of %s, once the last is old', (_, records) => {
    expect(oldNotes(records, 4)).toHaveLength(records.length);
    expect(oldNotes(records, 3)).toEqual([]);
    expect(oldNotes([...records].reverse(), 4)).toHaveLength(records.length);
  });

  const unfinished: readonly (readonly [string, LedgerRecord[]])[] = [
    ['an open create', [about('a')('begun', 1)]],
    ['an ambiguous one', [about('a')('begun', 1), ambiguous('a', 2)]],
    ['a task', [about('a')('begun', 1), created('a', 't', 2)]],
    ['a task whose create made another one, too', [created('a', 't', 2), found('a', 'u', 2), ended('t', 3)]],
    ['a task that ended elsewhere', [created('a', 't', 2), { ...ended('t', 3), baseUrl: 'https://else.example.com' }]],
  ];

  it.each(unfinished)('are never those of %s', (_, records) => {
    expect(oldNotes(records, 100).filter(({ kind }) => kind !== 'ended')).toEqual([]);
    expect(oldNotes(records, 100).some((note) => 'baseUrl' in note && note.baseUrl === baseUrl)).toBe(false);
  });

  it('keep the end of a task as long as any create that made it', () => {
    const records = [created('a', 't', 1), created('b', 't', 5), ended('t', 2)];
    expect(oldNotes(records, 3)).toEqual([created('a', 't', 1)]);
    expect(oldNotes(records, 6)).toHaveLength(3);
  });

  const anyRecord = fc
    .record({ kind: fc.nat(6), key: fc.constantFrom('a', 'b', 'c'), id: fc.constantFrom('t', 'u'), at: fc.nat(9) })
    .map(({ kind, key, id, at }): LedgerRecord => {
      const all = [
        about(key)('begun', at),
        ambiguous(key, at),
        about(key)('refused', at),
        created(key, id, at),
        found(key, id, at),
        ended(id, at),
        dropped(id, at),
      ];
      return all[kind] as LedgerRecord;
    });

  it('change nothing of what is left to do when they are gone', () => {
    const property = fc.property(fc.array(anyRecord, { maxLength: 12 }), fc.nat(10), (records, before) => {
      const old = new Set(oldNotes(records, before));
      const left = (notes: readonly LedgerRecord[]) => {
        const book = new LedgerBook();
        for (const note of notes) book.add(note);
        return { tasks: book.unfinished().map(({ task }) => task.id), open: book.open().map(({ key }) => key) };
      };
      expect(left(records.filter((record) => !old.has(record)))).toEqual(left(records));
      for (const { at } of old) expect(at).toBeLessThan(before);
    });
    fc.assert(property, { numRuns: 1_000 });
  });
});

describe('the key of a note', () => {
  it('is the same only for notes that say the same of the same create or task', () => {
    const records = [
      about('a')('begun', 1),
      about('b')('begun', 1),
      about('a')('refused', 1),
      created('a', 't', 1),
      created('a', 'u', 1),
      found('a', 't', 1),
      ended('t', 1),
      ended('u', 1),
      dropped('t', 1),
      { ...ended('t', 1), baseUrl: 'https://else.example.com' },
      { ...ended('t', 1), provider: 'else' },
    ];
    expect(new Set(records.map((record) => JSON.stringify(noteKey(record)))).size).toBe(records.length);
    expect(noteKey({ ...ended('t', 1), baseUrl: `${baseUrl}/v2` })).toEqual(noteKey(ended('t', 9)));
  });
});
