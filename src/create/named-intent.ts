import { invalidArgument, RushesError } from '../errors.js';
import type { Begun } from './ledger.js';
import { hasTask, isTaskless, type LedgerBook } from './ledger-book.js';
import type { CreateRecord, Intent } from './ledger-record.js';

/** A create that has a name of its own. */
export type NamedIntent = Intent & Required<Pick<Intent, 'idempotencyKey' | 'inputHash'>>;

/** Whether it has one. */
export function isNamed(intent: Intent): intent is NamedIntent {
  return intent.idempotencyKey !== undefined && intent.inputHash !== undefined;
}

/** @throws `INVALID_ARGUMENT` when the name stands for something else already. */
export function checkSame(intent: NamedIntent, known: readonly CreateRecord[]): void {
  const expected = (what: string) =>
    invalidArgument('create.idempotencyKey', `a key that was not used for another ${what}`, intent.idempotencyKey);
  for (const { inputHash, baseUrl } of known) {
    if (inputHash !== intent.inputHash) throw expected('input');
    if (new URL(baseUrl).origin !== new URL(intent.baseUrl).origin) throw expected('origin');
  }
}

/**
 * What creates of one name stand for; `undefined` when another one may be sent.
 *
 * @throws `CREATE_AMBIGUOUS` when one of `records` may have made a task.
 */
export function known(book: LedgerBook, records: readonly CreateRecord[]): Begun | undefined {
  const made = records.find(hasTask);
  if (made) return { kind: 'known', snapshot: book.snapshot(made) };
  const doubtful = records.find((record) => !isTaskless(record));
  if (doubtful) throw ambiguous(doubtful, doubtful);
  return undefined;
}

/** The error of a create that is not sent since an earlier one of its name, `intent`, may have made a task. */
export function ambiguous(intent: Intent, record: CreateRecord | undefined): RushesError<'CREATE_AMBIGUOUS'> {
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
