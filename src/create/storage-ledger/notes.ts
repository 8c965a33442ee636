import type { DBSchema, IDBPObjectStore } from 'idb';
import { RushesError } from '../../errors.js';
import { hasTask, LedgerBook, type TaskedRecord } from '../ledger-book.js';
import { type LedgerRecord, readRecord } from '../ledger-record.js';
import { type NoteKey, noteKey } from './note-key.js';

/** The database of a ledger: notes, each of which is written once and never changed. */
export interface NotesSchema extends DBSchema {
  notes: {
    key: NoteKey;
    value: unknown;
    indexes: { name: [provider: string, idempotencyKey: string]; task: [provider: string, id: string] };
  };
}

type Store = IDBPObjectStore<NotesSchema, ['notes'], 'notes', IDBTransactionMode>;

/** Some of the notes, as they are in the database. */
export interface FoundNotes {
  readonly records: readonly LedgerRecord[];
  /** Those that are none, or of a later version. */
  readonly skipped: number;
}

/** How things stand by `notes`. */
export function bookOf({ records }: FoundNotes): LedgerBook {
  const book = new LedgerBook();
  for (const record of records) book.add(record);
  return book;
}

/** The notes of a ledger within one transaction. */
export class Notes {
  constructor(private readonly store: Store) {}

  async all(): Promise<FoundNotes> {
    return read(await this.store.getAll());
  }

  /** What is known of the create of that key. */
  async ofCreate(key: string): Promise<FoundNotes> {
    // A list comes after every text.
    return read(await this.store.getAll(IDBKeyRange.bound([key], [key, []])));
  }

  /** What is known of the tasks of that name, wherever they are. */
  async ofTask(provider: string, id: string): Promise<FoundNotes> {
    return read(await this.store.index('task').getAll([provider, id]));
  }

  /**
   * What is known of the creates of that name, and of their tasks.
   *
   * @throws `LEDGER_FAILED` when some of it cannot be read: it may tell of a task.
   */
  async named(provider: string, idempotencyKey: string): Promise<FoundNotes> {
    const creates = read(await this.store.index('name').getAll([provider, idempotencyKey]));
    if (creates.skipped > 0) {
      const reason = 'the ledger in this browser has notes of that idempotency key that cannot be read';
      throw new RushesError('LEDGER_FAILED', reason);
    }
    const tasks = creates.records.filter(isTasked);
    const fates = await Promise.all(tasks.map((task) => this.ofTask(task.provider, task.id)));
    return { records: [creates, ...fates].flatMap(({ records }) => records), skipped: 0 };
  }

  /** Adds `record`, unless there is one that says the same. */
  async add(record: LedgerRecord): Promise<void> {
    const key = noteKey(record);
    if ((await this.store.getKey(key)) === undefined) await this.store.add?.(record, key);
  }

  async remove(record: LedgerRecord): Promise<void> {
    await this.store.delete?.(noteKey(record));
  }
}

function isTasked(record: LedgerRecord): record is TaskedRecord {
  return record.kind !== 'ended' && record.kind !== 'dropped' && hasTask(record);
}

function read(values: readonly unknown[]): FoundNotes {
  const records = values.map(readRecord).filter((record) => record !== undefined);
  return { records, skipped: values.length - records.length };
}
