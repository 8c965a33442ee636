import { type FileHandle, link, lstat, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../../files/owned-file.js';
import { downloadFailed } from '../download-failed.js';
import { areOne, isNamed, ownName } from './own-name.js';
import type { PartPaths } from './part-paths.js';

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

const noLinks: ReadonlySet<unknown> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Gives a part file that is whole its final name, in the same folder, for good. It has a name of our own in between, so
 * that it can be no other file that gets the final one, and a successor can see to it that none does.
 *
 * @throws `DOWNLOAD_FAILED` when something has appeared there that may not be replaced, which stays as it is; when
 * another process has taken over the part file.
 */
export async function place(file: FileHandle, paths: PartPaths, target: Target): Promise<void> {
  const { path } = target;
  const own = ownName(paths.part);
  try {
    await link(paths.part, own);
    if (!(await isNamed(file, own))) throw wasReplaced(paths.part);
    await placeOwn(own, target);
  } catch (error) {
    const { code } = error as SystemError;
    if (code === 'EEXIST') throw inTheWay(path);
    if (code === 'ENOENT') throw wasReplaced(paths.part);
    if (!noLinks.has(code)) throw error;
    await placeWithoutLinks(file, paths, target);
  } finally {
    await unlink(own).catch(() => undefined);
  }
  await removePlaced(paths);
  await syncFolder(dirname(path));
}

/** Removes a part file that has its final name already: a crash can leave it both. */
export async function removePlaced({ part, mark, targets }: PartPaths): Promise<void> {
  for (const path of targets) {
    if (!(await areOne(part, path))) continue;
    await unlink(mark).catch(() => undefined);
    await unlink(part);
  }
}

/** A rename would replace what has appeared at `path`; a link never does. */
async function placeOwn(own: string, target: Target): Promise<void> {
  if (!target.overwrite) return link(own, target.path);
  await makeSureOfTarget(target);
  await rename(own, target.path);
}

/** For file systems without links: whoever makes the empty file may replace it. */
async function placeWithoutLinks(file: FileHandle, { part, mark }: PartPaths, target: Target): Promise<void> {
  const { path, overwrite } = target;
  if (overwrite) await makeSureOfTarget(target);
  else await reserve(path);
  await rename(part, path);
  if (!(await isNamed(file, path))) {
    await rename(path, part);
    throw wasReplaced(part);
  }
  await unlink(mark).catch(() => undefined);
}

async function reserve(path: string): Promise<void> {
  const reservation = await open(path, 'wx').catch((error: SystemError) => {
    throw error.code === 'EEXIST' ? inTheWay(path) : error;
  });
  await reservation.close();
}

function inTheWay(path: string): Error {
  return downloadFailed(`${path} is there already; it is replaced only with the option overwrite`);
}

function wasReplaced(part: string): Error {
  return downloadFailed(`${part} was taken over by another process`);
}
