import { invalidArgument } from '../../errors.js';
import { isAlive } from '../../files/heartbeat.js';
import type { LiveSnapshot, TerminalSnapshot } from '../../task/snapshot.js';
import { beginInFlight } from '../begin-in-flight.js';
import type { Begun, CreateOutcome, Ledger, NewCreate, OpenCreate, Settlement, Unfinished } from '../ledger.js';
import { isOpen, type OpenRecord } from '../ledger-book.js';
import { type IntentSettings, intentOf } from '../ledger-intent.js';
import { endedRecord, outcomeRecord, settlementRecord, stillInFlight } from '../ledger-notes.js';
import type { Intent } from '../ledger-record.js';
import { isNamed } from '../named-intent.js';
import { Noting } from '../noting.js';
import { alsoIterable, openCreateOf, unfinishedOf } from '../unfinished.js';
import { InFlight } from './in-flight.js';
import { LedgerFiles, type LedgerFilesSettings } from './ledger-files.js';
import { NamedCreates } from './named-creates.js';

/** A ledger in files, shared with every process that opened the same path. */
export interface FileLedger extends Ledger {
  /** What it was opened with. */
  readonly path: string;
  /** Waits for what is being noted; nothing can be noted any more. */
  close(): Promise<void>;
  /** For `await using`: closes it. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** See `openLedger`. */
export class SegmentedLedger implements FileLedger {
  readonly path: string;
  readonly #settings: IntentSettings;
  readonly #files: LedgerFiles;
  readonly #inFlight: InFlight;
  readonly #named: NamedCreates;
  readonly #noting = new Noting();

  constructor(settings: LedgerFilesSettings & IntentSettings) {
    this.path = settings.path;
    this.#settings = settings;
    this.#files = new LedgerFiles(settings);
    this.#inFlight = new InFlight(this.#files.writer);
    this.#named = new NamedCreates(this.#files, settings.disk, this.#inFlight);
  }

  /** @throws `LEDGER_FAILED` when there is something else where the ledger should be. */
  async open(): Promise<this> {
    await this.#files.open();
    return this;
  }

  async begin(create: NewCreate): Promise<Begun> {
    this.#files.check();
    const intent = await intentOf(create, this.#settings);
    const begin = () => (isNamed(intent) ? this.#named.begin(intent) : this.#begin(intent));
    return beginInFlight(this.#inFlight, intent.key, begin);
  }

  note(key: string, outcome: CreateOutcome): Promise<void> {
    return this.#noting.track(async () => {
      const known = this.#files.book.create(key);
      if (!known) throw invalidArgument('ledger.note(key)', 'the key of a create that was begun here', key);
      try {
        await this.#files.append(outcomeRecord(known, outcome, this.#files.now()));
      } finally {
        this.#inFlight.land(key);
      }
    });
  }

  end(snapshot: TerminalSnapshot, baseUrl: string): Promise<void> {
    return this.#noting.track(async () => {
      const { book } = this.#files;
      const ended = endedRecord(snapshot, baseUrl, this.#files.now());
      if (book.fateOf(ended) === 'unheard-of') await this.#files.refresh();
      if (book.fateOf(ended) === 'unfinished') await this.#files.append(ended);
    });
  }

  unfinished(): Promise<Unfinished> & AsyncIterable<LiveSnapshot> {
    return alsoIterable(this.#unfinished());
  }

  settle(key: string, settlement: Settlement): Promise<void> {
    return this.#noting.track(async () => {
      await this.#files.refresh();
      if (settlement === 'not-created') await this.#checkLanded(key);
      await this.#files.append(settlementRecord(this.#files.book, key, settlement, this.#files.now()));
      this.#inFlight.land(key);
    });
  }

  async close(): Promise<void> {
    await this.#noting.done();
    await this.#files.close();
    this.#inFlight.landAll();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #begin(intent: Intent): Promise<Begun> {
    await this.#files.append({ v: 1, kind: 'begun', at: this.#files.now(), ...intent });
    return { kind: 'new', key: intent.key };
  }

  async #checkLanded(key: string): Promise<void> {
    const known = this.#files.book.create(key);
    if (known && isOpen(known) && (await this.#isInFlight(known, isAlive))) throw stillInFlight();
  }

  async #unfinished(): Promise<Unfinished> {
    await this.#noting.done();
    const unread = await this.#files.refresh();
    const { book, folder } = this.#files;
    const snapshots = book.unfinished();
    const look = once(isAlive);
    const creates = await Promise.all(book.open().map((record) => this.#openCreate(record, look)));
    const skipped = unread.length + (await folder.countSkipped());
    return unfinishedOf({ snapshots, creates, skipped });
  }

  async #openCreate(record: OpenRecord, look: typeof isAlive): Promise<OpenCreate> {
    return openCreateOf(record, await this.#isInFlight(record, look));
  }

  /** @param look - Whether the writer of a file lives. */
  async #isInFlight({ kind, key }: OpenRecord, look: typeof isAlive): Promise<boolean> {
    if (kind === 'ambiguous') return false;
    if (this.#inFlight.has(key)) return true;
    const home = this.#files.folder.homeOf(key);
    return home !== undefined && !this.#files.writer.owns(home) && look(home);
  }
}

/** `ask`, of each thing once. */
function once<Thing, Answer>(ask: (thing: Thing) => Answer): (thing: Thing) => Answer {
  const answers = new Map<Thing, Answer>();
  return (thing) => {
    const answer = answers.get(thing) ?? ask(thing);
    answers.set(thing, answer);
    return answer;
  };
}
