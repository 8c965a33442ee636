import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { openOwned, syncFolder } from '../../files/owned-file.js';

const { O_CREAT, O_EXCL, O_RDWR } = constants;

const OWN_NAME = /^(?:\.[a-z]+)?\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** A name beside `path` that nobody else gives to a file. */
export function ownName(path: string): string {
  return `${path}.${crypto.randomUUID()}`;
}

/**
 * Replaces what is at `path`, at once and for good, by a new file that nobody else has open.
 *
 * @param fill - Writes what the file has from the beginning on.
 */
export async function replaceFile(
  path: string,
  fill: (file: FileHandle) => Promise<void> = async () => undefined,
): Promise<FileHandle> {
  const own = ownName(path);
  const file = await openOwned(own, O_RDWR | O_CREAT | O_EXCL);
  try {
    await fill(file);
    await file.sync();
    await rename(own, path);
    await syncFolder(dirname(path));
    return file;
  } catch (error) {
    await file.close();
    await unlink(own).catch(() => undefined);
    throw error;
  }
}

/**
 * Removes the files under own names beside `path` and its companions. Whoever was stopped on the way to give one of them
 * its final name can no longer do so.
 */
export async function removeOwnNames(path: string): Promise<void> {
  const folder = dirname(path);
  const name = basename(path);
  for (const file of await readdir(folder)) {
    const isOwn = file.startsWith(name) && OWN_NAME.test(file.slice(name.length));
    if (isOwn) await unlink(join(folder, file)).catch(() => undefined);
  }
}

/** Whether `path` names the open file. */
export async function isNamed(file: FileHandle, path: string): Promise<boolean> {
  // The open file keeps its number from being given to another.
  const [there, ours] = await Promise.all([find(path), file.stat({ bigint: true }).catch(() => undefined)]);
  return isSame(there, ours);
}

/** Whether both paths name one file. */
export async function areOne(path: string, other: string): Promise<boolean> {
  return isSame(await find(path), await find(other));
}

function isSame(one: BigIntStats | undefined, other: BigIntStats | undefined): boolean {
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}

function find(path: string): Promise<BigIntStats | undefined> {
  return lstat(path, { bigint: true }).catch(() => undefined);
}
