import { statfs } from 'node:fs/promises';
import type { RushesError } from '../../errors.js';
import { downloadFailed } from '../download-failed.js';

const full: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT']);

/** Whether a write failed for want of space. */
export function isDiskFull(error: unknown): boolean {
  return full.has((error as NodeJS.ErrnoException | undefined)?.code);
}

/** How many bytes are wanting in `folder` for `bytes` more; 0 where nobody knows. */
export async function missingBytes(folder: string, bytes: number): Promise<number> {
  try {
    const { blocks, bavail, bsize } = await statfs(folder);
    return blocks === 0 ? 0 : Math.max(bytes - bavail * bsize, 0);
  } catch {
    return 0;
  }
}

/** The error of a disk that cannot hold the video. */
export function diskFull(missing: number | undefined, cause?: unknown): RushesError {
  const lacks = missing ? `${missing} bytes are missing` : 'nobody knows how many bytes are missing';
  return downloadFailed(`the disk is full: ${lacks}; what has come is kept for the next call`, { cause });
}
