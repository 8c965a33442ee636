import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { openOwned } from '../../files/owned-file.js';
import type { TaskRef } from '../../task/ref.js';
import { replaceFile } from './own-name.js';
import { type PartMark, readMark } from './part-mark.js';
import type { PartPaths } from './part-paths.js';

const COPY_BYTES = 1_048_576;

/** What has come of a video before, in a file that nobody else has open. */
export interface Inheritance {
  readonly file: FileHandle;
  readonly size: number;
  /** What the bytes are a part of; absent where there are none to go on with. */
  readonly mark?: PartMark;
}

/**
 * Replaces the part file by a copy of it, or by an empty one where it is of no use: whoever was taken for dead may still
 * write to the old one.
 *
 * @throws The signal's reason; the system's error, which leaves the old one.
 */
export async function inherit(
  { part, mark: markPath }: PartPaths,
  task: TaskRef,
  signal: AbortSignal,
): Promise<Inheritance> {
  const found = await openOwned(part, constants.O_RDWR).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  try {
    const { ino, size: foundSize = 0 } = (await found?.stat()) ?? {};
    const mark = await readMark(markPath, task, ino);
    const isUsable = mark?.validator !== undefined && foundSize <= (mark.total ?? Number.POSITIVE_INFINITY);
    let size = 0;
    const file = await replaceFile(part, async (own) => {
      if (found && isUsable) size = await copy(found, own, signal);
    });
    return { file, size, ...(size > 0 && mark && { mark }) };
  } finally {
    await found?.close();
  }
}

async function copy(from: FileHandle, to: FileHandle, signal: AbortSignal): Promise<number> {
  const buffer = Buffer.allocUnsafe(COPY_BYTES);
  for (let position = 0; ; ) {
    signal.throwIfAborted();
    const { bytesRead } = await from.read(buffer, 0, COPY_BYTES, position);
    if (bytesRead === 0) return position;
    await to.writeFile(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}
