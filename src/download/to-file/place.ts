import { link, lstat, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../../files/owned-file.js';
import { downloadFailed } from '../download-failed.js';

type SystemError = NodeJS.ErrnoException;

/** Where a video goes to, and whether it may replace what is there. */
export interface Target {
  readonly path: string;
  readonly overwrite: boolean;
}

/** @throws `DOWNLOAD_FAILED` when nothing can be saved there: no folder, or something in the way. */
export async function makeSureOfTarget({ path, overwrite }: Target): Promise<void> {
  const folder = await stat(dirname(path)).catch((cause: SystemError) => {
    throw downloadFailed(`there is no folder ${dirname(path)}`, { cause });
  });
  if (!folder.isDirectory()) throw downloadFailed(`${dirname(path)} is no folder`);
  const there = await lstat(path).catch((error: SystemError) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!there) return;
  if (!overwrite) throw inTheWay(path);
  if (!there.isFile()) throw downloadFailed(`${path} is no regular file, and is not replaced`);
}

/**
 * Gives the file at `from` its name, in the same folder, for good.
 *
 * @throws `DOWNLOAD_FAILED` when something has appeared there that may not be replaced; it stays as it is.
 */
export async function place(from: string, target: Target): Promise<void> {
  const { path, overwrite } = target;
  if (overwrite) {
    await makeSureOfTarget(target);
    await rename(from, path);
  } else {
    await placeAnew(from, path);
  }
  await syncFolder(dirname(path));
}

const noLinks: ReadonlySet<unknown> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** A rename would replace what has appeared at `path`; a link never does. */
async function placeAnew(from: string, path: string): Promise<void> {
  try {
    await link(from, path);
  } catch (error) {
    const { code } = error as SystemError;
    if (code === 'EEXIST') throw inTheWay(path);
    if (!noLinks.has(code)) throw error;
    return placeOnReservation(from, path);
  }
  await unlink(from);
}

/** For file systems without links: whoever makes the empty file may replace it. */
async function placeOnReservation(from: string, path: string): Promise<void> {
  const reservation = await open(path, 'wx').catch((error: SystemError) => {
    throw error.code === 'EEXIST' ? inTheWay(path) : error;
  });
  await reservation.close();
  await rename(from, path);
}

function inTheWay(path: string): Error {
  return downloadFailed(`${path} is there already; it is replaced only with the option overwrite`);
}
