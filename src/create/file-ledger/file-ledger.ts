import { invalidArgument } from '../../errors.js';
import { isBeating } from '../../files/heartbeat.js';
import type { LiveSnapshot, TerminalSnapshot } from '../../task/snapshot.js';
import type { Begun, CreateOutcome, Ledger, NewCreate, OpenCreate, Settlement, Unfinished } from '../ledger.js';
import type { OpenRecord } from '../ledger-book.js';
import { type Intent, intentIn, keptFacts } from '../ledger-record.js';
import { Desk, type DeskSettings } from './desk.js';
import { InFlight } from './in-flight.js';
import { type IntentSettings, intentOf } from './intent-of.js';
import { NamedCreates, type NamedIntent } from './named-creates.js';
import { outcomeRecord, settlementRecord, unprompted } from './notes.js';

/** A ledger in files, shared with every process that opened the same path. */
export interface FileLedger extends Ledger {
  /** What it was opened with. */
  readonly path: string;
  /** Waits for what is being noted; nothing can be noted any more. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** See `openLedger`. */
export class SegmentedLedger implements FileLedger {
  readonly path: string;
  readonly #settings: IntentSettings;
  readonly #desk: Desk;
  readonly #inFlight = new InFlight();
  readonly #named: NamedCreates;
  readonly #noting = new Set<Promise<void>>();

  constructor(settings: DeskSettings & IntentSettings) {
    this.path = settings.path;
    this.#settings = settings;
    this.#desk = new Desk(settings);
    this.#named = new NamedCreates(this.#desk, settings.disk, this.#inFlight);
  }

  /** @throws `LEDGER_FAILED` when there is something else where the ledger should be. */
  async open(): Promise<this> {
    await this.#desk.open();
    return this;
  }

  async begin(create: NewCreate): Promise<Begun> {
    this.#desk.check();
    const intent = await intentOf(create, this.#settings);
    const begun = isNamed(intent) ? await this.#named.begin(intent) : await this.#begin(intent);
    const { path } = this.#desk.writer;
    if (begun.kind === 'new' && path) this.#inFlight.add(begun.key, { path, prompt: create.input.prompt });
    return begun;
  }

  note(key: string, outcome: CreateOutcome): Promise<void> {
    return this.#track(this.#note(key, outcome));
  }

  end(snapshot: TerminalSnapshot): Promise<void> {
    return this.#track(this.#end(snapshot));
  }

  unfinished(): Promise<Unfinished> & AsyncIterable<LiveSnapshot> {
    const reading = this.#unfinished();
    // Who only iterates hears of a failure there.
    reading.catch(() => undefined);
    return Object.assign(reading, {
      async *[Symbol.asyncIterator]() {
        yield* (await reading).snapshots;
      },
    });
  }

  settle(key: string, settlement: Settlement): Promise<void> {
    return this.#track(this.#settle(key, settlement));
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#noting);
    await this.#desk.close();
    this.#inFlight.landAll();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #begin(intent: Intent): Promise<Begun> {
    await this.#desk.append({ v: 1, kind: 'begun', at: this.#desk.now(), ...intent });
    return { kind: 'new', key: intent.key };
  }

  async #note(key: string, outcome: CreateOutcome): Promise<void> {
    const known = this.#desk.book.create(key);
    if (!known) throw invalidArgument('ledger.note(key)', 'the key of a create that was begun here', key);
    try {
      await this.#desk.append(
        outcomeRecord(known, unprompted(outcome, this.#inFlight.promptOf(key)), this.#desk.now()),
      );
    } finally {
      this.#inFlight.land(key);
    }
  }

  async #end(snapshot: TerminalSnapshot): Promise<void> {
    const { book } = this.#desk;
    const { provider, id } = snapshot.task;
    if (book.fateOf(snapshot.task) === 'unheard-of') await this.#desk.refresh();
    if (book.fateOf(snapshot.task) !== 'unfinished') return;
    await this.#desk.append({
      v: 1,
      kind: 'ended',
      at: this.#desk.now(),
      provider,
      id,
      facts: keptFacts(snapshot),
    });
  }

  async #settle(key: string, settlement: Settlement): Promise<void> {
    await this.#desk.refresh();
    await this.#desk.append(settlementRecord(this.#desk.book, key, settlement, this.#desk.now()));
    this.#inFlight.land(key);
  }

  async #unfinished(): Promise<Unfinished> {
    await Promise.allSettled(this.#noting);
    await this.#desk.refresh();
    const { book, folder } = this.#desk;
    const snapshots = Object.freeze(book.unfinished());
    const creates = Object.freeze(await Promise.all(book.open().map((record) => this.#openCreate(record))));
    const skipped = await folder.countSkipped();
    return Object.freeze({ snapshots, creates, skipped, [Symbol.iterator]: () => snapshots.values() });
  }

  async #openCreate(record: OpenRecord): Promise<OpenCreate> {
    const { inputHash: _, ...intent } = intentIn(record);
    const state = (await this.#isInFlight(record)) ? 'in-flight' : 'ambiguous';
    return Object.freeze({ ...intent, state, ...(record.kind === 'ambiguous' && { evidence: record.evidence }) });
  }

  async #isInFlight({ kind, key }: OpenRecord): Promise<boolean> {
    if (kind === 'ambiguous') return false;
    if (this.#inFlight.has(key)) return true;
    const home = this.#desk.folder.homeOf(key);
    return home !== undefined && !this.#desk.writer.owns(home) && isBeating(home);
  }

  /** Keeps in mind what is being noted: who reads, or closes, waits for it. */
  #track(work: Promise<void>): Promise<void> {
    const noting = work.finally(() => this.#noting.delete(noting));
    this.#noting.add(noting);
    return noting;
  }
}

function isNamed(intent: Intent): intent is NamedIntent {
  return intent.idempotencyKey !== undefined && intent.inputHash !== undefined;
}
