import { join } from 'node:path';
import { isBeating } from '../../files/heartbeat.js';
import { LedgerBook } from '../ledger-book.js';
import type { LedgerRecord } from '../ledger-record.js';
import { type Disk, ifThere } from './disk.js';
import { inRuns } from './in-runs.js';
import { SegmentReader } from './segment-reader.js';

/** How the name of a segment ends. */
export const segmentEnding = '.jsonl';

/** The files of all who write to one ledger, as one book. */
export class LedgerFolder {
  readonly book = new LedgerBook();
  /** Reads what is new. @returns Why some segments could not be read. */
  readonly refresh = inRuns(() => this.#readNews());
  readonly #segments = new Map<string, SegmentReader>();
  readonly #homes = new Map<string, SegmentReader>();

  constructor(
    readonly path: string,
    private readonly disk: Disk,
  ) {}

  /** The path of the segment that says that this create was begun. */
  homeOf(key: string): string | undefined {
    return this.#homes.get(key)?.path;
  }

  /** What could not be read. The torn end of a file whose writer lives may be whole in a moment. */
  async countSkipped(): Promise<number> {
    const counts = [...this.#segments.values()].map(async ({ path, skipped, isTorn }) =>
      isTorn && !(await isBeating(path)) ? skipped + 1 : skipped,
    );
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }

  /** The names of all files of a ledger; none where there is none yet. */
  async list(): Promise<string[]> {
    return (await ifThere(this.disk.readdir(this.path))) ?? [];
  }

  async #readNews(): Promise<Error[]> {
    const failures: Error[] = [];
    for (const name of await this.list()) {
      if (!name.endsWith(segmentEnding)) continue;
      const segment = this.#segments.get(name) ?? new SegmentReader(join(this.path, name), this.disk);
      this.#segments.set(name, segment);
      await segment
        .read((record) => this.#add(record, segment))
        .catch((error: Error) => {
          failures.push(error);
        });
    }
    return failures;
  }

  #add(record: LedgerRecord, segment: SegmentReader): void {
    this.book.add(record);
    if (record.kind === 'begun') this.#homes.set(record.key, segment);
  }
}
