import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { encodeToken } from '../../task/token.js';
import type { LedgerRecord } from '../ledger-record.js';
import type { Disk } from './disk.js';
import { inRuns } from './in-runs.js';
import { toLine } from './record-line.js';

const { O_APPEND, O_CREAT, O_EXCL, O_WRONLY } = constants;

/** Who has been idle for longer writes a new file: nobody may remove the old one under its writer's hands. */
const idleMs = 86_400_000;

/** Where a {@link SegmentWriter} writes, and how it tells time and names its files. */
export interface SegmentWriterSettings {
  readonly folder: string;
  readonly disk: Disk;
  readonly now: () => number;
  readonly randomId: () => string;
}

/**
 * The file that one ledger appends to, made for its first record. After a failed or short write nobody knows what is on
 * the disk, and an fsync that failed once may succeed falsely: nothing is written any more.
 */
export class SegmentWriter {
  readonly #settings: SegmentWriterSettings;
  readonly #commit = inRuns(() => this.#flush());
  readonly #own = new Set<string>();
  #lines: string[] = [];
  #file: FileHandle | undefined;
  #isListed = false;
  #writtenAt = 0;
  #broken: Error | undefined;

  constructor(settings: SegmentWriterSettings) {
    this.#settings = settings;
  }

  /** Whether nothing can be written any more. */
  get isBroken(): boolean {
    return this.#broken !== undefined;
  }

  /** Whether `path` was written here. */
  owns(path: string): boolean {
    return this.#own.has(path);
  }

  /** Resolves when `record` is durable. Records that are appended at one time share a write and an fsync. */
  append(record: LedgerRecord): Promise<void> {
    this.#lines.push(toLine(record));
    return this.#commit();
  }

  /** Touches the file, if there is one yet. */
  async utimes(atime: Date, mtime: Date): Promise<void> {
    await this.#file?.utimes(atime, mtime);
  }

  /** @throws What broke it. */
  check(): void {
    if (this.#broken) throw this.#broken;
  }

  /** Waits for what is being written; nothing can be written any more. */
  async close(): Promise<void> {
    await this.#commit().catch(() => undefined);
    this.#broken ??= new Error('it is closed');
    await this.#file?.close();
    this.#file = undefined;
  }

  async #flush(): Promise<void> {
    const text = Buffer.from(this.#lines.splice(0).join(''));
    if (text.length === 0) return;
    this.check();
    const now = this.#settings.now();
    if (now - this.#writtenAt > idleMs) await this.#leave();
    this.#file ??= await this.#make();
    try {
      await this.#write(this.#file, text);
    } catch (error) {
      this.#broken = error as Error;
      throw error;
    }
    this.#writtenAt = now;
  }

  async #write(file: FileHandle, text: Buffer): Promise<void> {
    const { bytesWritten } = await file.write(text);
    if (bytesWritten !== text.length) throw new Error(`only ${bytesWritten} of ${text.length} bytes were written`);
    await file.sync();
    if (!this.#isListed) await this.#settings.disk.syncFolder(this.#settings.folder);
    this.#isListed = true;
    if ((await file.stat()).nlink === 0) throw new Error('its file was removed');
  }

  async #leave(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #make(): Promise<FileHandle> {
    const { folder, disk, randomId } = this.#settings;
    const path = join(folder, `${encodeToken(hostname() || 'host').slice(0, 100)}-${randomId()}.jsonl`);
    await disk.ownedFolder(folder);
    const file = await disk.openOwned(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL);
    this.#isListed = false;
    this.#own.add(path);
    return file;
  }
}
