import type { Begun } from '../ledger.js';
import { isOpen, isTaskless } from '../ledger-book.js';
import { ambiguous, checkSame, known, type NamedIntent } from '../named-intent.js';
import { takeClaim } from './claim.js';
import type { Disk } from './disk.js';
import type { InFlight } from './in-flight.js';
import type { LedgerFiles } from './ledger-files.js';

/** Creates that have an idempotency key: none is sent while another one of its name may have made a task. */
export class NamedCreates {
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(
    private readonly files: LedgerFiles,
    private readonly disk: Disk,
    private readonly inFlight: InFlight,
  ) {}

  /** Begins one after another those of one name; what is in flight here is waited for. */
  begin(intent: NamedIntent): Promise<Begun> {
    const name = `${intent.provider}/${intent.idempotencyKey}`;
    const begun = (this.#turns.get(name) ?? Promise.resolve()).then(() => this.#begin(intent));
    const turn = begun
      .catch(() => undefined)
      .then(() => {
        if (this.#turns.get(name) === turn) this.#turns.delete(name);
      });
    this.#turns.set(name, turn);
    return begun;
  }

  async #begin(intent: NamedIntent): Promise<Begun> {
    for (;;) {
      await this.files.refreshAll();
      this.files.check();
      const namesakes = this.files.book.named(intent.provider, intent.idempotencyKey);
      checkSame(intent, namesakes);
      const flying = namesakes.find((record) => isOpen(record) && this.inFlight.has(record.key));
      if (!flying) return known(this.files.book, namesakes) ?? this.#send(intent);
      await this.inFlight.landed(flying.key);
    }
  }

  /** The intent is durable before the claim is made, so that whoever holds a claim can be looked up, and settled. */
  async #send(intent: NamedIntent): Promise<Begun> {
    const { key } = intent;
    const { files, disk } = this;
    const withdraw = () => files.append({ v: 1, kind: 'withdrawn', at: files.now(), ...intent });
    await files.append({ v: 1, kind: 'begun', at: files.now(), ...intent });
    const isSpent = async (holder: string) => {
      await files.refreshAll();
      const record = files.book.create(holder);
      return record !== undefined && isTaskless(record);
    };
    let holder: string;
    try {
      holder = await files.writing(takeClaim(intent, { folder: files.folder.path, disk, isSpent }));
    } catch (error) {
      await withdraw();
      throw error;
    }
    if (holder === key) return { kind: 'new', key };
    await withdraw();
    const winner = files.book.create(holder);
    if (winner) checkSame(intent, [winner]);
    const begun = known(files.book, winner ? [winner] : []);
    if (begun) return begun;
    throw ambiguous({ ...intent, key: holder }, winner);
  }
}
