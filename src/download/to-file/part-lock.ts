import { constants } from 'node:fs';
import { type FileHandle, lstat, unlink } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { Subscription } from 'rxjs';
import { beatMs, keepBeating } from '../../files/heartbeat.js';
import { openOwned } from '../../files/owned-file.js';
import { downloadFailed } from '../download-failed.js';
import { isNamed, replaceFile } from './own-name.js';

const { O_CREAT, O_EXCL, O_WRONLY } = constants;

const LOOK_MS = 100;

/** How long a holder shows no sign of life before it is taken for dead. */
const SILENCE_MS = 2.5 * beatMs;

/** How long after a takeover everybody has looked whose lock it is: a holder looks once a beat. */
const SETTLING_MS = 1.5 * beatMs;

/**
 * A file that one process at a time holds. The one that holds it touches it every second, so that a crash frees it
 * within a few seconds, without a look at process ids, which mean nothing in another container.
 *
 * A process that was stopped for longer may lose it without knowing: before each step that others must not see twice,
 * it asks {@link PartLock.check}.
 */
export class PartLock {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #beat: Subscription;
  #checkedAtMs = Number.NEGATIVE_INFINITY;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
    this.#beat = keepBeating(file);
  }

  /** @throws `DOWNLOAD_FAILED`, retryable, when another process holds it and lives; the signal's reason. */
  static async take(path: string, signal: AbortSignal): Promise<PartLock> {
    for (;;) {
      signal.throwIfAborted();
      const fresh = await create(path);
      if (fresh) return new PartLock(path, fresh);
      if (await isAbandoned(path, signal)) return PartLock.#takeOver(path, signal);
    }
  }

  /**
   * A rename replaces the dead lock at once. When several do so the last one has it, and each looks again when all who
   * saw the same dead lock have done so.
   */
  static async #takeOver(path: string, signal: AbortSignal): Promise<PartLock> {
    const lock = new PartLock(path, await replaceFile(path));
    try {
      await wait(SETTLING_MS, undefined, { signal });
      await lock.check();
      return lock;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** @throws `DOWNLOAD_FAILED` when the lock is another's by now. At most one look a second, unless `thoroughly`. */
  async check({ thoroughly = false } = {}): Promise<void> {
    const nowMs = performance.now();
    if (!thoroughly && nowMs - this.#checkedAtMs < beatMs) return;
    if (!(await isNamed(this.#file, this.#path)))
      throw downloadFailed(`${this.#path} was taken over by another process`);
    this.#checkedAtMs = nowMs;
  }

  async release(): Promise<void> {
    this.#beat.unsubscribe();
    if (await isNamed(this.#file, this.#path)) await unlink(this.#path).catch(() => undefined);
    await this.#file.close();
  }
}

async function create(path: string): Promise<FileHandle | undefined> {
  try {
    return await openOwned(path, O_WRONLY | O_CREAT | O_EXCL);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
}

/** Watches the lock until it moves or has been still for too long; `false` when it is gone. */
async function isAbandoned(path: string, signal: AbortSignal): Promise<boolean> {
  const first = await lastBeat(path);
  if (first === undefined) return false;
  for (let waitedMs = 0; waitedMs < SILENCE_MS; waitedMs += LOOK_MS) {
    await wait(LOOK_MS, undefined, { signal });
    const beat = await lastBeat(path);
    if (beat === undefined) return false;
    if (beat !== first) {
      throw downloadFailed('another process is saving to the same file', { retryable: true });
    }
  }
  return true;
}

async function lastBeat(path: string): Promise<string | undefined> {
  try {
    const { ino, mtimeMs } = await lstat(path);
    return `${ino} ${mtimeMs}`;
  } catch {
    return undefined;
  }
}
