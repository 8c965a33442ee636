import { type Ledger, recordOf } from '../../../src/create/ledger.js';
import { storageLedger } from '../../../src/create/storage-ledger/storage-ledger.js';
import { ark, createClient } from '../../../src/index.js';

/** What a test may ask of the ledgers of this page, in what can be sent to it and back. */
const page = {
  ledgers: [] as (Ledger & { close(): Promise<void> })[],

  /** Opens one more ledger, and gives its number. */
  async open(scope: string, options: { nowMs?: number; keepPrompts?: boolean; timeoutMs?: number } = {}) {
    const { nowMs, ...others } = options;
    const opened = await storageLedger({ scope, ...others, ...(nowMs !== undefined && { now: () => nowMs }) });
    return page.ledgers.push(opened) - 1;
  },

  async call(nth: number, method: 'begin' | 'note' | 'end' | 'settle' | 'close', args: readonly unknown[]) {
    const ledger = page.ledgers[nth] as never as Record<string, (...args: readonly unknown[]) => Promise<unknown>>;
    return ledger[method]?.(...args);
  },

  async unfinished(nth: number) {
    const { snapshots, creates, skipped } = await (page.ledgers[nth] as Ledger).unfinished();
    return { snapshots: snapshots.map((snapshot) => ({ snapshot, record: recordOf(snapshot) })), creates, skipped };
  },

  /** Makes a task over a client, by way of the server of this page. */
  async create(nth: number) {
    const ledger = page.ledgers[nth] as Ledger;
    const client = createClient(ark({ apiKey: 'any', baseUrl: `${location.origin}/ark` }), { ledger });
    const activities: string[] = [];
    client.activity.subscribe(({ kind }) => activities.push(kind));
    const { task } = await client.create({ model: 'doubao-seedance-2-0-260128', prompt: 'a paper boat in the rain' });
    return { task, activities };
  },

  /** What `work` comes to, or the error that it ends in. */
  async settled(work: () => Promise<unknown>): Promise<{ value: unknown } | { error: unknown }> {
    try {
      return { value: await work() };
    } catch (error) {
      const { code, message, retryable, create } = error as Record<string, unknown>;
      return { error: { code, message, retryable, create } };
    }
  },

  /** Everything in every database. */
  async dump(): Promise<string> {
    const names = await indexedDB.databases();
    const texts = names.map(async ({ name = '' }) => {
      const database = await answered(indexedDB.open(name));
      const notes = database.transaction('notes').objectStore('notes');
      const found = await Promise.all([answered(notes.getAllKeys()), answered(notes.getAll())]);
      database.close();
      return JSON.stringify([name, ...found]);
    });
    return (await Promise.all(texts)).join('\n');
  },

  /** Writes by hand what no ledger has written. */
  async write(scope: string, notes: readonly (readonly [key: IDBValidKey, value: unknown])[]): Promise<void> {
    const database = await answered(indexedDB.open(JSON.stringify(['rushes', 'ledger', scope])));
    const transaction = database.transaction('notes', 'readwrite');
    for (const [key, value] of notes) transaction.objectStore('notes').put(value, key);
    await new Promise((resolve) => transaction.addEventListener('complete', resolve));
    database.close();
  },

  answered,
};

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error));
  });
}

declare global {
  var ledgerPage: LedgerPage;
}

/** What {@link page} can do. */
export type LedgerPage = typeof page;

globalThis.ledgerPage = page;
document.body.append('ready');
