import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TaskRef } from '../../task/ref.js';
import { diskFull, isDiskFull, missingBytes } from './disk-full.js';
import { inherit } from './inherit.js';
import type { ReadableBytes } from './mp4-structure.js';
import { removeOwnNames } from './own-name.js';
import { PartLock } from './part-lock.js';
import { type PartMark, writeMark } from './part-mark.js';
import type { PartPaths } from './part-paths.js';
import { removePlaced } from './place.js';

/**
 * What has come of a video so far. It holds bytes of one video only: whatever begins another one empties it first, then
 * marks it, then fills it, each for good before the next, so that no crash leaves the bytes of one video under the mark
 * of another.
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
      await removeOwnNames(paths.part);
      await removePlaced(paths);
      const { file, size, mark = { task, digests: {} } } = await inherit(paths, task, signal);
      try {
        // From here on none of our predecessors can give the old file a name.
        await removeOwnNames(paths.part);
        const part = new PartFile(paths, lock, file, mark, size);
        if (size > 0) await part.#write(mark);
        return await use(part);
      } finally {
        await file.close();
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

  /** Forgets all bytes, to begin with the first of what `mark` says. */
  async begin(mark: PartMark): Promise<void> {
    await this.lock.check();
    if (this.#size > 0) {
      await this.handle.truncate(0);
      await this.handle.sync();
    }
    this.#size = 0;
    await this.#write(mark);
  }

  /** Begins anew, knowing nothing. */
  async forget(): Promise<void> {
    await this.begin({ task: this.#mark.task, digests: {} });
  }

  /** Notes how long the video turned out to be. */
  async learn(total: number): Promise<void> {
    if (total === this.#mark.total) return;
    await this.#write({ ...this.#mark, total });
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

  async #write(mark: PartMark): Promise<void> {
    await writeMark(this.paths.mark, mark, (await this.handle.stat()).ino);
    this.#mark = mark;
  }
}
