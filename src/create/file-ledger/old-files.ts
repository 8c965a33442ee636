import { join } from 'node:path';
import { isBeating } from '../../files/heartbeat.js';
import { type LedgerRecord, placeKey } from '../ledger-record.js';
import { claimEndings } from './claim.js';
import { type Disk, ifThere } from './disk.js';
import { type LedgerFolder, segmentEnding } from './ledger-folder.js';
import { SegmentReader } from './segment-reader.js';

/** How long a file stays in which everything is finished, and with it what an idempotency key stands for. */
export const keepMs = 30 * 86_400_000;

/**
 * Removes what nobody needs any more: segments whose writer is gone, that can be read to the last byte, and of which
 * each record is finished, and claims; both only after {@link keepMs}, and none while a segment cannot be read. A record
 * that finishes what another segment began stays until that one is gone, or what is finished would come back to life.
 */
export async function removeOldFiles(ledger: LedgerFolder, disk: Disk, now: number): Promise<void> {
  const names = await ledger.list();
  const old = await only(names, async (name) => {
    const stats = await ifThere(disk.stat(join(ledger.path, name)));
    return stats !== undefined && now - stats.mtimeMs > keepMs;
  });
  const claims = old.filter((name) => claimEndings.some((ending) => name.endsWith(ending)));
  const segments = old.some(isSegment) ? await readAll(names.filter(isSegment), ledger.path, disk) : [];
  await ledger.refresh();
  const finished = await only(
    segments.filter(({ name }) => old.includes(name)),
    async ({ path, isWhole, records }) =>
      isWhole && records.every((record) => ledger.book.isFinished(record)) && !(await isBeating(path)),
  );
  const homes = homesIn(segments);
  const isNeeded = ({ name, ends }: Segment) => ends.some((key) => homes.get(key)?.some((home) => home !== name));
  const removable = finished.filter((segment) => !isNeeded(segment)).map(({ name }) => name);
  for (const name of [...claims, ...removable]) await ifThere(disk.unlink(join(ledger.path, name)));
  if (claims.length + removable.length > 0) await disk.syncFolder(ledger.path);
}

interface Segment {
  readonly name: string;
  readonly path: string;
  /** Whether each line of it is a record. */
  readonly isWhole: boolean;
  readonly records: readonly LedgerRecord[];
  /** The keys of the creates and tasks that it tells of first. */
  readonly begins: readonly string[];
  /** The keys of those that it tells of further. */
  readonly ends: readonly string[];
}

function isSegment(name: string): boolean {
  return name.endsWith(segmentEnding);
}

async function readAll(names: readonly string[], folder: string, disk: Disk): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const reader = new SegmentReader(path, disk);
    const records: LedgerRecord[] = [];
    await reader.read((record) => records.push(record));
    const isWhole = reader.skipped === 0 && !reader.isTorn;
    segments.push({ name, path, isWhole, records, begins: records.flatMap(begun), ends: records.flatMap(ended) });
  }
  return segments;
}

/** Which segments tell first of a create or task. */
function homesIn(segments: readonly Segment[]): Map<string, string[]> {
  const homes = new Map<string, string[]>();
  for (const { name, begins } of segments) {
    for (const key of begins) homes.set(key, [...(homes.get(key) ?? []), name]);
  }
  return homes;
}

function begun(record: LedgerRecord): string[] {
  if (record.kind === 'begun' || record.kind === 'ambiguous') return [record.key];
  return record.kind === 'created' || record.kind === 'found' ? [placeKey(record)] : [];
}

function ended(record: LedgerRecord): string[] {
  if (record.kind === 'ended' || record.kind === 'dropped') return [placeKey(record)];
  return record.kind === 'begun' || record.kind === 'ambiguous' ? [] : [record.key];
}

async function only<T>(items: readonly T[], isGood: (item: T) => Promise<boolean>): Promise<T[]> {
  const good = await Promise.all(items.map(isGood));
  return items.filter((_, index) => good[index]);
}
