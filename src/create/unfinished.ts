import type { LiveSnapshot } from '../task/snapshot.js';
import type { OpenCreate, Unfinished } from './ledger.js';
import type { OpenRecord } from './ledger-book.js';
import { intentIn } from './ledger-record.js';

/** An open create, as a ledger tells of it. */
export function openCreateOf(record: OpenRecord, isInFlight: boolean): OpenCreate {
  const { inputHash: _, ...intent } = intentIn(record);
  const state = isInFlight ? 'in-flight' : 'ambiguous';
  return Object.freeze({ ...intent, state, ...(record.kind === 'ambiguous' && { evidence: record.evidence }) });
}

/** What is not finished, to be iterated over for its snapshots. */
export function unfinishedOf(found: {
  readonly snapshots: readonly LiveSnapshot[];
  readonly creates: readonly OpenCreate[];
  readonly skipped: number;
}): Unfinished {
  const { skipped } = found;
  const snapshots = Object.freeze([...found.snapshots]);
  const creates = Object.freeze([...found.creates]);
  return Object.freeze({ snapshots, creates, skipped, [Symbol.iterator]: () => snapshots.values() });
}

/** `reading`, to be awaited or iterated over. */
export function alsoIterable(reading: Promise<Unfinished>): Promise<Unfinished> & AsyncIterable<LiveSnapshot> {
  // Who only iterates hears of a failure there.
  reading.catch(() => undefined);
  return Object.assign(reading, {
    async *[Symbol.asyncIterator]() {
      yield* (await reading).snapshots;
    },
  });
}
