import { hasTask, isOpen, LedgerBook } from '../ledger-book.js';
import { type CreateRecord, type EndRecord, type LedgerRecord, placeKey } from '../ledger-record.js';

/**
 * Which of all the notes of a ledger nobody needs any more: those of creates of which everything is finished, and was
 * noted before `before`. The end of a task stays as long as a create that made it, or the task would come back to life.
 */
export function oldNotes(records: readonly LedgerRecord[], before: number): LedgerRecord[] {
  const book = new LedgerBook();
  const ends: EndRecord[] = [];
  const creates = new Map<string, CreateRecord[]>();
  for (const record of records) {
    book.add(record);
    if (record.kind === 'ended' || record.kind === 'dropped') ends.push(record);
    else creates.set(record.key, [...(creates.get(record.key) ?? []), record]);
  }
  const youngEnds = new Set(ends.filter(({ at }) => at >= before).map(placeKey));
  const isOver = (record: CreateRecord) =>
    hasTask(record)
      ? book.fateOf(record) === 'finished' && !youngEnds.has(placeKey(record))
      : !isOpen(book.create(record.key) ?? record);
  const isOld = (notes: readonly CreateRecord[]) => notes.every((record) => record.at < before && isOver(record));
  const [old, kept] = divide([...creates.values()], isOld);
  const needed = new Set(kept.flat().filter(hasTask).map(placeKey));
  return [...old.flat(), ...ends.filter((end) => end.at < before && !needed.has(placeKey(end)))];
}

function divide<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  const first: T[] = [];
  const second: T[] = [];
  for (const item of items) (isFirst(item) ? first : second).push(item);
  return [first, second];
}
