import { type LedgerRecord, placeKey } from '../ledger-record.js';

/** The key of a note: of what create or task, what it says, and which task it names. */
export type NoteKey = [of: string, kind: LedgerRecord['kind'], id: string];

/**
 * Notes of one key say the same, so that the first of them may stay; two that name different tasks have different keys,
 * or one of the tasks would be lost.
 */
export function noteKey(record: LedgerRecord): NoteKey {
  const { kind } = record;
  if (kind === 'ended' || kind === 'dropped') return [placeKey(record), kind, ''];
  return [record.key, kind, kind === 'created' || kind === 'found' ? record.id : ''];
}
