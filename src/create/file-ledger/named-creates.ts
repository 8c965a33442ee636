import { invalidArgument, RushesError } from '../../errors.js';
import type { Begun } from '../ledger.js';
import { hasTask, isOpen, isTaskless } from '../ledger-book.js';
import type { CreateRecord, Intent } from '../ledger-record.js';
import { takeClaim } from './claim.js';
import type { Disk } from './disk.js';
import type { InFlight } from './in-flight.js';
import type { LedgerFiles } from './ledger-files.js';

/** A create that has a name of its own. */
export type NamedIntent = Intent & Required<Pick<Intent, 'idempotencyKey' | 'inputHash'>>;

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
      const known = this.files.book.named(intent.provider, intent.idempotencyKey);
      checkSame(intent, known);
      const flying = known.find((record) => isOpen(record) && this.inFlight.has(record.key));
      if (!flying) return this.#known(known) ?? this.#send(intent);
      await this.inFlight.landed(flying.key);
    }
  }

  /** @throws `CREATE_AMBIGUOUS` when one of `records` may have made a task. */
  #known(records: readonly CreateRecord[]): Begun | undefined {
    const made = records.find(hasTask);
    if (made) return { kind: 'known', snapshot: this.files.book.snapshot(made) };
    const doubtful = records.find((record) => !isTaskless(record));
    if (doubtful) throw ambiguous(doubtful, doubtful);
    return undefined;
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
    const known = this.#known(winner ? [winner] : []);
    if (known) return known;
    throw ambiguous({ ...intent, key: holder }, winner);
  }
}

/** @throws `INVALID_ARGUMENT` when the name stands for something else already. */
function checkSame(intent: NamedIntent, known: readonly CreateRecord[]): void {
  const expected = (what: string) =>
    invalidArgument('create.idempotencyKey', `a key that was not used for another ${what}`, intent.idempotencyKey);
  for (const { inputHash, baseUrl } of known) {
    if (inputHash !== intent.inputHash) throw expected('input');
    if (new URL(baseUrl).origin !== new URL(intent.baseUrl).origin) throw expected('origin');
  }
}

function ambiguous(intent: Intent, record: CreateRecord | undefined): RushesError<'CREATE_AMBIGUOUS'> {
  const { key, provider, baseUrl, model, sentAt, idempotencyKey } = intent;
  const { status, requestIds = {} } = record?.kind === 'ambiguous' ? record.evidence : {};
  const state = record?.kind === 'abandoned' ? 'was abandoned' : 'may have made a task';
  return new RushesError(
    'CREATE_AMBIGUOUS',
    `an earlier create of the same idempotency key ${state}, so this one was not sent; once nobody waits for it, settle ${key} in the ledger`,
    {
      create: {
        provider,
        baseUrl,
        model,
        sentAt,
        key,
        ...(idempotencyKey !== undefined && { idempotencyKey }),
        ...(status !== undefined && { status }),
        requestIds,
      },
    },
  );
}
