import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { type LedgerRecord, readRecord } from '../ledger-record.js';
import { type Disk, ifThere } from './disk.js';
import { readLine } from './record-line.js';

const chunkBytes = 1 << 20;
const lineBreak = 0x0a;

/** Reads the file of one writer, each time from where it stopped; it never mends anything. */
export class SegmentReader {
  /** Lines that are torn, or of a later version. */
  skipped = 0;
  /** Whether the file ends in a piece of a record: torn, or being written just now. */
  isTorn = false;
  #offset = 0;

  constructor(
    readonly path: string,
    private readonly disk: Disk,
  ) {}

  /** Gives the records that were added since the last time; none where the file is gone. */
  async read(give: (record: LedgerRecord) => void): Promise<void> {
    const { size } = (await ifThere(this.disk.stat(this.path))) ?? { size: 0 };
    if (size <= this.#offset) return;
    const file = await ifThere(this.disk.openOwned(this.path, constants.O_RDONLY));
    if (!file) return;
    try {
      await this.#readFrom(file, Math.min(size - this.#offset, chunkBytes), give);
    } finally {
      await file.close();
    }
  }

  async #readFrom(file: FileHandle, bytes: number, give: (record: LedgerRecord) => void): Promise<void> {
    const chunk = Buffer.allocUnsafe(bytes);
    let rest = Buffer.alloc(0);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, bytes, this.#offset + rest.length);
      if (bytesRead === 0) break;
      const text = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      let start = 0;
      for (let end = text.indexOf(lineBreak); end >= 0; end = text.indexOf(lineBreak, start)) {
        this.#take(text.toString('utf8', start, end), give);
        start = end + 1;
      }
      this.#offset += start;
      rest = text.subarray(start);
    }
    const last = rest.toString('utf8');
    this.isTorn = last !== '' && readLine(last) === undefined;
    if (this.isTorn) return;
    this.#take(last, give);
    this.#offset += rest.length;
  }

  #take(line: string, give: (record: LedgerRecord) => void): void {
    if (line === '') return;
    const record = readRecord(readLine(line));
    if (record) give(record);
    else this.skipped++;
  }
}
