import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LedgerBook } from '../../src/create/ledger-book.js';
import { type CreateRecord, type Intent, type LedgerRecord, readRecord } from '../../src/create/ledger-record.js';

const intent = (n: number): Intent => ({
  key: `key-${n}`,
  provider: 'ark',
  baseUrl: 'https://ark.example.com/api/v3',
  model: 'm',
  promptHash: '00',
  sentAt: n,
  idempotencyKey: `job-${n % 2}`,
  inputHash: 'h',
});
const facts = { status: 'queued', providerStatus: 'queued' } as const;
const stamp = { v: 1, at: 5 } as const;

/** Each kind of record of a create; those that name a task name the one of that create. */
const records = (n: number): CreateRecord[] => [
  { ...stamp, kind: 'begun', ...intent(n) },
  { ...stamp, kind: 'ambiguous', ...intent(n), evidence: { message: 'lost', requestIds: {} } },
  { ...stamp, kind: 'not-created', ...intent(n) },
  { ...stamp, kind: 'abandoned', ...intent(n) },
  { ...stamp, kind: 'refused', ...intent(n) },
  { ...stamp, kind: 'withdrawn', ...intent(n) },
  { ...stamp, kind: 'found', ...intent(n), id: `found-${n}` },
  { ...stamp, kind: 'created', ...intent(n), id: `task-${n}`, facts },
];

const ends = (n: number): LedgerRecord[] => [
  {
    v: 1,
    at: 10,
    kind: 'ended',
    provider: 'ark',
    id: `task-${n}`,
    baseUrl: intent(n).baseUrl,
    facts: { ...facts, status: 'completed' },
  },
  {
    v: 1,
    at: 20,
    kind: 'ended',
    provider: 'ark',
    id: `task-${n}`,
    baseUrl: intent(n).baseUrl,
    facts: { ...facts, status: 'cancelled' },
  },
  { v: 1, at: 30, kind: 'dropped', provider: 'ark', id: `found-${n}`, baseUrl: intent(n).baseUrl },
];

const all = [0, 1, 2].flatMap((n) => [...records(n), ...ends(n)]);

function standing(read: readonly LedgerRecord[]) {
  const book = new LedgerBook();
  for (const record of read) book.add(record);
  const keys = [0, 1, 2].map((n) => book.create(`key-${n}`));
  return {
    creates: keys,
    open: book.open(),
    unfinished: book.unfinished(),
    named: ['job-0', 'job-1'].map((name) =>
      book
        .named('ark', name)
        .map(({ key }) => key)
        .sort(),
    ),
    known: keys.map((record) => (record?.kind === 'created' ? book.snapshot(record) : undefined)),
    finished: all.map((record) => book.isFinished(record)),
  };
}

describe('a ledger book', () => {
  it('stands the same in whatever order, and however often, its records are read', () => {
    const some = fc.shuffledSubarray(all);
    const property = fc.property(some, fc.array(fc.nat(100)), (read, again) => {
      const repeated = again.flatMap((n) => read[n % read.length] ?? []);
      const sorted = all.filter((record) => read.includes(record));
      expect(standing([...read, ...repeated])).toEqual(standing(sorted));
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('never loses a task by anything but its own end', () => {
    const property = fc.property(fc.shuffledSubarray(all), (read) => {
      const ended = new Set(read.flatMap((r) => (r.kind === 'ended' || r.kind === 'dropped' ? [r.id] : [])));
      const made = new Set(read.flatMap((r) => (r.kind === 'created' || r.kind === 'found' ? [r.id] : [])));
      const left = [...made].filter((id) => !ended.has(id)).sort();
      expect(
        standing(read)
          .unfinished.map(({ task }) => task.id)
          .sort(),
      ).toEqual(left);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('keeps the first end', () => {
    const [first, second] = ends(0) as [LedgerRecord, LedgerRecord];
    const created = records(0)[7] as CreateRecord;
    expect(standing([created, second, first]).known[0]).toMatchObject({ status: 'completed' });
  });

  it('keeps apart tasks of one name at two origins', () => {
    const created = records(0)[7] as CreateRecord;
    const elsewhere = { ...created, key: 'other', baseUrl: 'https://b.example.com' };
    expect(standing([created, elsewhere]).unfinished).toHaveLength(2);
    const [end] = ends(0) as [LedgerRecord];
    expect(standing([created, elsewhere, end]).unfinished).toEqual(standing([elsewhere]).unfinished);
  });
});

describe('a record', () => {
  it.each(all)('$kind is read as it was written', (record) => {
    expect(readRecord(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });

  it('without one of its fields, or with another kind of value there, is none', () => {
    const optional = new Set(['idempotencyKey', 'inputHash']);
    for (const record of all) {
      for (const name of Object.keys(record)) {
        const wrong = { ...record, [name]: { not: ['it'] } };
        expect(readRecord(wrong), `${record.kind}.${name}`).toBeUndefined();
        const { [name as keyof typeof record]: _, ...missing } = record;
        if (!optional.has(name)) expect(readRecord(missing), `${record.kind}.${name}`).toBeUndefined();
      }
    }
  });

  it.each([undefined, null, 1, 'begun', [], {}, { v: 2, kind: 'begun' }, { v: 1, kind: 'toString' }])(
    'is not %j',
    (value) => {
      expect(readRecord(value)).toBeUndefined();
    },
  );
});
