import { resolve } from 'node:path';
import { isRushesError } from '../../errors.js';
import type { LedgerBook } from '../ledger-book.js';
import { ledgerFailed } from '../ledger-failed.js';
import type { LedgerRecord } from '../ledger-record.js';
import type { Disk } from './disk.js';
import { LedgerFolder } from './ledger-folder.js';
import { removeOldFiles } from './old-files.js';
import { SegmentWriter } from './segment-writer.js';

/** What a ledger's files are opened with. */
export interface LedgerFilesSettings {
  /** The path that the user knows the ledger by. */
  readonly path: string;
  readonly disk: Disk;
  readonly now: () => number;
  readonly randomId: () => string;
}

/** Where a ledger is read and written. Everything rejects with `LEDGER_FAILED`. */
export class LedgerFiles {
  readonly folder: LedgerFolder;
  readonly writer: SegmentWriter;
  readonly #settings: LedgerFilesSettings;
  #tidied: Promise<void> | undefined;

  constructor(settings: LedgerFilesSettings) {
    const folder = resolve(`${settings.path}.d`);
    this.#settings = settings;
    this.folder = new LedgerFolder(folder, settings.disk);
    this.writer = new SegmentWriter({ ...settings, folder });
  }

  /** How things stand, as far as it was read. */
  get book(): LedgerBook {
    return this.folder.book;
  }

  now(): number {
    return this.#settings.now();
  }

  /** Whether the ledger can be read at all. */
  async open(): Promise<void> {
    await this.#reading(this.#settings.disk.isOwnedFolder(this.folder.path));
  }

  /** Reads what all writers have added. @returns Why some files could not be read. */
  refresh(): Promise<readonly Error[]> {
    return this.#reading(this.folder.refresh());
  }

  /** {@link LedgerFiles.refresh}, for who must know all. @throws `LEDGER_FAILED` when a file could not be read. */
  async refreshAll(): Promise<void> {
    const [unread] = await this.refresh();
    if (unread) throw this.#failed('read', unread);
  }

  /** Resolves when `record` is durable. */
  async append(record: LedgerRecord): Promise<void> {
    await this.writing(this.writer.append(record));
    this.book.add(record);
    const { disk } = this.#settings;
    // An old file that cannot be removed does no harm.
    this.#tidied ??= removeOldFiles(this.folder, disk, this.now()).catch(() => undefined);
  }

  /** @throws `LEDGER_FAILED` when nothing can be written any more. */
  check(): void {
    try {
      this.writer.check();
    } catch (error) {
      throw this.#failed('written', error);
    }
  }

  /** What `work` comes to; what the system refused is told as this ledger's failure. */
  async writing<T>(work: Promise<T>): Promise<T> {
    return work.catch((error: unknown) => {
      throw this.#failed('written', error);
    });
  }

  async close(): Promise<void> {
    await this.writing(this.writer.close());
    await this.#tidied;
  }

  async #reading<T>(work: Promise<T>): Promise<T> {
    return work.catch((error: unknown) => {
      throw this.#failed('read', error);
    });
  }

  /** What the system could not do may succeed later; what was refused here stays refused, and so does what broke. */
  #failed(what: 'read' | 'written', error: unknown): Error {
    if (isRushesError(error)) return error;
    const retryable = !this.writer.isBroken && (error as NodeJS.ErrnoException).code !== undefined;
    return ledgerFailed(error, `the ledger ${this.#settings.path} could not be ${what}`, { retryable });
  }
}
