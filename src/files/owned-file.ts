import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDWR, O_WRONLY } = constants;

/**
 * Opens a file that nobody else can have laid out for us: no link, no pipe, no folder, and ours. A new one can be read
 * by its owner only. What is written to may have no second name; what is only read may, as a backup gives it.
 *
 * @param flags - Such as `O_RDWR | O_CREAT`, in the words of `fs.constants`.
 * @throws The system's error, or one that says what is wrong with the file.
 */
export async function openOwned(path: string, flags: number): Promise<FileHandle> {
  const file = await open(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    const stats = await file.stat();
    const isShared = stats.nlink > 1 && (flags & (O_WRONLY | O_RDWR)) !== 0;
    const problem = !stats.isFile() ? 'no regular file' : isShared ? 'linked to elsewhere' : foreign(stats);
    if (problem !== undefined) throw new Error(`${path} is ${problem}`);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * A folder of our own; where there is none it is made, durably, so that only its owner can look into it.
 *
 * @throws The system's error, or one that says what is wrong with the folder.
 */
export async function ownedFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  await isOwnedFolder(path);
  if (first === undefined) return;
  const last = dirname(resolve(first));
  for (let made = resolve(path); made !== last; ) {
    made = dirname(made);
    await syncFolder(made);
  }
}

/**
 * Whether there is a folder of our own.
 *
 * @throws The system's error, or one that says what is wrong with what there is instead.
 */
export async function isOwnedFolder(path: string): Promise<boolean> {
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!stats) return false;
  const problem = stats.isDirectory() ? foreign(stats) : 'no folder';
  if (problem !== undefined) throw new Error(`${path} is ${problem}`);
  return true;
}

/** Makes durable which files are in a folder, where the system can. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function foreign({ uid }: Stats): string | undefined {
  const own = process.getuid?.();
  return own === undefined || uid === own ? undefined : "another user's";
}
