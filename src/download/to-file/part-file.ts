import { constants } from 'node:fs';
import { type FileHandle, lstat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openOwned } from '../../files/owned-file.js';
import type { TaskRef } from '../../task/ref.js';
import { downloadFailed } from '../download-failed.js';
import { diskFull, isDiskFull, missingBytes } from './disk-full.js';
import type { ReadableBytes } from './mp4-structure.js';
import { PartLock } from './part-lock.js';
import { type PartMark, readMark, writeMark } from './part-mark.js';

const { O_CREAT, O_RDWR } = constants;

/** Where a part file and its companions are. */
export interface PartPaths {
  readonly part: string;
  readonly mark: string;
  readonly lock: string;
}

/** The names beside `path`. */
export function pathsBeside(path: string): PartPaths {
  return { part: `${path}.part`, mark: `${path}.part.json`, lock: `${path}.part.lock` };
}

/**
 * What has come of a video so far. It holds bytes of one video only: whatever begins another one empties it first, then
 * marks it, then fills it, so that no crash leaves the bytes of one video under the mark of another.
 */
export class PartFile implements ReadableBytes {
  #mark: PartMark;
  #size: number;

  private constructor(
    readonly paths: PartPaths,
    readonly lock: PartLock,
    readonly handle: FileHandle,
    mark: PartMark,
    size: number,
  ) {
    this.#mark = mark;
    this.#size = size;
  }

  /** Runs `use` with the part file of `task`, and lets go of it whatever comes of that. */
  static async hold<T>(
    paths: PartPaths,
    task: TaskRef,
    signal: AbortSignal,
    use: (part: PartFile) => Promise<T>,
  ): Promise<T> {
    const lock = await PartLock.take(paths.lock, signal);
    try {
      const handle = await openOwned(paths.part, O_RDWR | O_CREAT);
      try {
        const mark = await readMark(paths.mark, task);
        const part = new PartFile(paths, lock, handle, mark ?? { task, digests: {} }, (await handle.stat()).size);
        if (!part.isUsable) await part.begin({ task, digests: {} });
        return await use(part);
      } finally {
        await handle.close();
      }
    } finally {
      await lock.release();
    }
  }

  /** What the bytes are a part of. */
  get mark(): PartMark {
    return this.#mark;
  }

  /** How many bytes there are. */
  get size(): number {
    return this.#size;
  }

  /** Whether all of the video is there. */
  get isComplete(): boolean {
    return this.#size > 0 && this.#size === this.#mark.total;
  }

  private get isUsable(): boolean {
    const { validator, total } = this.#mark;
    return this.#size === 0 || (validator !== undefined && this.#size <= (total ?? Number.POSITIVE_INFINITY));
  }

  /** Forgets all bytes, to begin with the first of what `mark` says. */
  async begin(mark: PartMark): Promise<void> {
    await this.lock.check();
    if (this.#size > 0) {
      await this.handle.truncate(0);
      await this.handle.sync();
    }
    this.#size = 0;
    await writeMark(this.paths.mark, mark);
    this.#mark = mark;
  }

  /** Begins anew, knowing nothing. */
  async forget(): Promise<void> {
    await this.begin({ task: this.#mark.task, digests: {} });
  }

  /** Notes how long the video turned out to be. */
  async learn(total: number): Promise<void> {
    if (total === this.#mark.total) return;
    const mark = { ...this.#mark, total };
    await writeMark(this.paths.mark, mark);
    this.#mark = mark;
  }

  /** Resolves once there is room for the rest. @throws `DOWNLOAD_FAILED` when there is none. */
  async makeSureOfRoom(): Promise<void> {
    const { total = 0 } = this.#mark;
    const missing = await missingBytes(dirname(this.paths.part), total - this.#size);
    if (missing > 0) throw diskFull(missing);
  }

  async append(bytes: Uint8Array): Promise<void> {
    await this.lock.check();
    try {
      for (let written = 0; written < bytes.length; ) {
        const rest = bytes.length - written;
        const { bytesWritten } = await this.handle.write(bytes, written, rest, this.#size);
        written += bytesWritten;
        this.#size += bytesWritten;
      }
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      const { total } = this.#mark;
      throw diskFull(total === undefined ? undefined : total - this.#size, error);
    }
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const { bytesRead, buffer } = await this.handle.read(Buffer.allocUnsafe(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  }

  /** @throws `DOWNLOAD_FAILED` when the lock is another's, or the name is another file's. */
  async makeSureOfName(): Promise<void> {
    await this.lock.check({ thoroughly: true });
    const [there, ours] = await Promise.all([lstat(this.paths.part), this.handle.stat()]);
    if (there.ino !== ours.ino || there.dev !== ours.dev) throw downloadFailed(`${this.paths.part} was replaced`);
  }

  /** Removes what is left when the part has become the whole. */
  async removeMark(): Promise<void> {
    await unlink(this.paths.mark).catch(() => undefined);
  }
}
