import { type IDBPDatabase, openDB } from 'idb';
import { isRushesError, RushesError } from '../../errors.js';
import { ledgerFailed } from '../ledger-failed.js';
import { Notes, type NotesSchema } from './notes.js';
import { type Limit, within } from './within.js';

type Database = IDBPDatabase<NotesSchema>;

/** The version of {@link NotesSchema}. */
const version = 1;

/**
 * The database of one ledger. Everything rejects with `LEDGER_FAILED`.
 *
 * It makes way at once to who wants to remove or upgrade it, and is opened again for what comes next.
 */
export class NotesDatabase {
  #connected: Promise<Database> | undefined;
  #isClosed = false;

  constructor(
    private readonly name: string,
    private readonly limit: Limit,
  ) {}

  /** What `work` finds, at one moment. */
  read<T>(work: (notes: Notes) => Promise<T>): Promise<T> {
    return this.#run('readonly', work);
  }

  /** What `work` comes to, once what it added is durable. No other tab reads or writes meanwhile. */
  write<T>(work: (notes: Notes) => Promise<T>): Promise<T> {
    return this.#run('readwrite', work);
  }

  /** What is under way comes to its end; nothing can be asked any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const database = await this.#connected?.catch(() => undefined);
    database?.close();
  }

  async #run<T>(mode: 'readonly' | 'readwrite', work: (notes: Notes) => Promise<T>): Promise<T> {
    const what = mode === 'readonly' ? 'read' : 'written';
    await this.#connect().catch((error: unknown) => {
      throw failed('opened', error);
    });
    try {
      const transaction = await this.#transaction(mode);
      const abort = () => {
        try {
          transaction.abort();
        } catch {
          // It is being committed: nobody knows whether it will be.
        }
      };
      const both = Promise.allSettled([work(new Notes(transaction.store)), transaction.done]);
      const [worked, done] = await within(both, this.limit, abort);
      if (worked.status === 'fulfilled' && done.status === 'fulfilled') return worked.value;
      // Requests of a transaction that failed are told of no more than that.
      throw [done, worked].map(reasonOf).find((reason) => reason !== undefined);
    } catch (error) {
      throw failed(what, error);
    }
  }

  async #transaction(mode: 'readonly' | 'readwrite') {
    const connected = this.#connect();
    const begin = (database: Database) => database.transaction('notes', mode, { durability: 'strict' });
    try {
      return begin(await connected);
    } catch (error) {
      if ((error as Error).name !== 'InvalidStateError') throw error;
      // The connection has made way to somebody, or the browser has closed it.
      this.#forget(connected);
      return begin(await this.#connect());
    }
  }

  #connect(): Promise<Database> {
    if (this.#isClosed) return Promise.reject(new RushesError('LEDGER_FAILED', 'the ledger in this browser is closed'));
    const connected = this.#connected ?? this.#open();
    this.#connected = connected;
    connected.catch(() => this.#forget(connected));
    return connected;
  }

  async #open(): Promise<Database> {
    if (!globalThis.indexedDB)
      throw new RushesError('LEDGER_FAILED', 'the ledger needs IndexedDB, which there is none of here');
    const opening = openDB<NotesSchema>(this.name, version, {
      upgrade: (database) => {
        const notes = database.createObjectStore('notes');
        notes.createIndex('name', ['provider', 'idempotencyKey']);
        notes.createIndex('task', ['provider', 'id']);
      },
      blocking: (_, __, event) => (event.target as IDBDatabase).close(),
    });
    // It may still open when nobody waits for it any more.
    const closeLate = () => void opening.then((database) => database.close()).catch(() => undefined);
    return within(opening, this.limit, closeLate);
  }

  /** The next one who asks opens it anew. */
  #forget(connected: Promise<Database>): void {
    if (this.#connected === connected) this.#connected = undefined;
  }
}

function reasonOf(settled: PromiseSettledResult<unknown>): unknown {
  return settled.status === 'rejected' ? settled.reason : undefined;
}

/** What the browser could not do may succeed later, but not where a later version of this library has been at work. */
function failed(what: 'opened' | 'read' | 'written', error: unknown): RushesError {
  if (isRushesError(error)) return error;
  const { name, message } = error as Error;
  const words = [name === 'Error' ? '' : name, message].filter((word) => word !== '');
  const reason = new Error(words.join(': '), { cause: error });
  return ledgerFailed(reason, `the ledger in this browser could not be ${what}`, {
    retryable: name !== 'VersionError',
  });
}
