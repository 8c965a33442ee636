import { invalidArgument } from '../../errors.js';
import type { LiveSnapshot, TerminalSnapshot } from '../../task/snapshot.js';
import { beginInFlight } from '../begin-in-flight.js';
import type { Begun, CreateOutcome, Ledger, NewCreate, Settlement, Unfinished } from '../ledger.js';
import { isOpen, type OpenRecord } from '../ledger-book.js';
import { ledgerFailed } from '../ledger-failed.js';
import { type IntentSettings, intentOf } from '../ledger-intent.js';
import { endedRecord, outcomeRecord, settlementRecord, stillInFlight } from '../ledger-notes.js';
import type { BegunRecord, Intent } from '../ledger-record.js';
import { checkSame, isNamed, known, type NamedIntent } from '../named-intent.js';
import { Noting } from '../noting.js';
import { alsoIterable, openCreateOf, unfinishedOf } from '../unfinished.js';
import { InTab } from './in-tab.js';
import { bookOf, type FoundNotes } from './notes.js';
import { NotesDatabase } from './notes-database.js';
import { oldNotes } from './old-notes.js';
import { type Limit, within } from './within.js';

/** A ledger in the storage of a browser, shared with every tab of the origin that opened the same scope. */
export interface StorageLedger extends Ledger {
  /** What it was opened with. */
  readonly scope: string;
  /** Waits for what is being noted; nothing can be noted any more. */
  close(): Promise<void>;
}

/** What an {@link IndexedLedger} is opened with. */
export interface IndexedLedgerSettings extends IntentSettings, Limit {
  readonly scope: string;
  readonly maxAgeMs: number;
}

/** See `storageLedger`. */
export class IndexedLedger implements StorageLedger {
  readonly scope: string;
  readonly #settings: IndexedLedgerSettings;
  readonly #database: NotesDatabase;
  readonly #inTab: InTab;
  /** What was begun here, so that its end can be noted also when the user has cleared the storage meanwhile. */
  readonly #begun = new Map<string, BegunRecord>();
  readonly #noting = new Noting();

  constructor(settings: IndexedLedgerSettings) {
    const name = JSON.stringify(['rushes', 'ledger', settings.scope]);
    this.scope = settings.scope;
    this.#settings = settings;
    this.#database = new NotesDatabase(name, settings);
    this.#inTab = new InTab(name);
  }

  /** @throws `LEDGER_FAILED` when the browser gives no storage. */
  async open(): Promise<this> {
    try {
      await this.#forgetOld(this.#settings.now() - this.#settings.maxAgeMs);
      return this;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async begin(create: NewCreate): Promise<Begun> {
    const intent = await intentOf(create, this.#settings);
    const { key } = intent;
    return beginInFlight(this.#inTab, key, async () => {
      await this.#show(key);
      return isNamed(intent) ? this.#beginNamed(intent) : this.#begin(intent);
    });
  }

  note(key: string, outcome: CreateOutcome): Promise<void> {
    return this.#noting.track(async () => {
      try {
        await this.#database.write(async (notes) => {
          const record = bookOf(await notes.ofCreate(key)).create(key) ?? this.#begun.get(key);
          if (!record) throw invalidArgument('ledger.note(key)', 'the key of a create that was begun here', key);
          await notes.add(outcomeRecord(record, outcome, this.#settings.now()));
        });
        if (outcome.kind !== 'ambiguous') this.#begun.delete(key);
      } finally {
        this.#inTab.land(key);
      }
    });
  }

  end(snapshot: TerminalSnapshot, baseUrl: string): Promise<void> {
    return this.#noting.track(async () => {
      const ended = endedRecord(snapshot, baseUrl, this.#settings.now());
      await this.#database.write(async (notes) => {
        const book = bookOf(await notes.ofTask(ended.provider, ended.id));
        if (book.fateOf(ended) === 'unfinished') await notes.add(ended);
      });
    });
  }

  unfinished(): Promise<Unfinished> & AsyncIterable<LiveSnapshot> {
    return alsoIterable(this.#unfinished());
  }

  settle(key: string, settlement: Settlement): Promise<void> {
    return this.#noting.track(async () => {
      const isInFlight = await this.#look();
      await this.#database.write(async (notes) => {
        const book = bookOf(await notes.all());
        const record = book.create(key);
        if (settlement === 'not-created' && record && isOpen(record) && isInFlight(record)) throw stillInFlight();
        await notes.add(settlementRecord(book, key, settlement, this.#settings.now()));
      });
      if (!this.#inTab.has(key)) this.#begun.delete(key);
      this.#inTab.land(key);
    });
  }

  async close(): Promise<void> {
    await this.#noting.done();
    await this.#database.close();
    this.#inTab.landAll();
  }

  async #forgetOld(before: number): Promise<void> {
    const { records } = await this.#database.read((notes) => notes.all());
    if (oldNotes(records, before).length === 0) return;
    const removed = this.#database.write(async (notes) => {
      const old = oldNotes((await notes.all()).records, before);
      await Promise.all(old.map((record) => notes.remove(record)));
    });
    // Old notes that cannot be removed do no harm.
    await removed.catch(() => undefined);
  }

  #show(key: string): Promise<void> {
    return this.#locking(this.#inTab.show(key), 'the create could not be shown to other tabs');
  }

  #look(): Promise<(record: OpenRecord) => boolean> {
    return this.#locking(this.#inTab.look(this.#settings.now()), 'nobody knows what other tabs wait for');
  }

  #locking<T>(work: Promise<T>, failure: string): Promise<T> {
    return within(work, this.#settings).catch((error: unknown) => {
      throw ledgerFailed(error, failure, { retryable: true });
    });
  }

  async #begin(intent: Intent): Promise<Begun> {
    const record = this.#begunRecord(intent);
    await this.#database.write((notes) => notes.add(record));
    return this.#new(record);
  }

  /** Decides in one transaction: two tabs cannot both find that nobody has begun. */
  async #beginNamed(intent: NamedIntent): Promise<Begun> {
    for (;;) {
      const record = this.#begunRecord(intent);
      const begun = await this.#database.write(async (notes) => {
        const book = bookOf(await notes.named(intent.provider, intent.idempotencyKey));
        const namesakes = book.named(intent.provider, intent.idempotencyKey);
        checkSame(intent, namesakes);
        const flying = namesakes.find((namesake) => isOpen(namesake) && this.#inTab.has(namesake.key));
        if (flying) return flying.key;
        const found = known(book, namesakes);
        if (!found) await notes.add(record);
        return found;
      });
      if (begun === undefined) return this.#new(record);
      if (typeof begun !== 'string') return begun;
      await this.#inTab.landed(begun);
    }
  }

  #begunRecord(intent: Intent): BegunRecord {
    return { v: 1, kind: 'begun', at: this.#settings.now(), ...intent };
  }

  #new(record: BegunRecord): Begun {
    this.#begun.set(record.key, record);
    return { kind: 'new', key: record.key };
  }

  async #unfinished(): Promise<Unfinished> {
    await this.#noting.done();
    const found = await this.#database.read((notes) => notes.all());
    const begun = bookOf(found)
      .open()
      .filter(({ kind }) => kind === 'begun');
    if (begun.length === 0) return tell(found, () => false);
    const isInFlight = await this.#look();
    // Who landed meanwhile has noted before what became of its create; who was begun meanwhile was not looked for.
    const now = await this.#database.read((notes) => notes.all());
    const looked = new Set(begun.map(({ key }) => key));
    return tell(now, (record) => record.kind === 'begun' && (!looked.has(record.key) || isInFlight(record)));
  }
}

function tell(found: FoundNotes, isInFlight: (record: OpenRecord) => boolean): Unfinished {
  const book = bookOf(found);
  const creates = book.open().map((record) => openCreateOf(record, isInFlight(record)));
  return unfinishedOf({ snapshots: book.unfinished(), creates, skipped: found.skipped });
}
