import { link, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { isOwnedFolder, openOwned, ownedFolder, syncFolder } from '../../files/owned-file.js';

/** All that a ledger asks of a file system; a test can give it one that breaks. */
export const nodeDisk = Object.freeze({
  isOwnedFolder,
  link,
  openOwned,
  ownedFolder,
  readFile: (path: string): Promise<string> => readFile(path, 'utf8'),
  readdir: (path: string): Promise<string[]> => readdir(path),
  stat: (path: string): Promise<{ readonly size: number; readonly mtimeMs: number }> => stat(path),
  syncFolder,
  unlink,
});

/** See {@link nodeDisk}. */
export type Disk = typeof nodeDisk;

/** `undefined` where there is no such file. */
export async function ifThere<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Whether `error` is the system's error of that name. */
export function hasCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === code;
}
