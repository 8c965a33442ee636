import { constants } from 'node:fs';
import { type FileHandle, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { Subscription } from 'rxjs';
import { openOwned } from './owned-file.js';

/** How often a file's holder shows that it lives. */
export const beatMs = 1_000;

/** How old the last sign of life of a holder can be. */
export const leaseMs = 10_000;

/** A holder that lives has shown it by then. */
const watchMs = 2.5 * beatMs;

/** No clock is wrong by that much. */
const longAgoMs = 86_400_000;

/**
 * Touches an open file every second, so that other processes see that its holder lives; the file outlives a crash, its
 * beat does not. It keeps no process alive, and once the file is closed it does nothing.
 */
export function keepBeating(file: Pick<FileHandle, 'utimes'>): Subscription {
  const timer = setInterval(() => {
    const now = new Date();
    file.utimes(now, now).catch(() => undefined);
  }, beatMs);
  timer.unref();
  return new Subscription(() => clearInterval(timer));
}

/** Whether the holder of `path` has shown in the last ten seconds, by the clocks of both, that it lives. */
export async function isBeating(path: string): Promise<boolean> {
  try {
    return ageOf(await stat(path)) < leaseMs;
  } catch {
    return false;
  }
}

/** Whether the holder of `path` lives, whatever its clock says: if that leaves a doubt, its next beat is waited for. */
export async function isAlive(path: string): Promise<boolean> {
  try {
    const before = await look(path);
    if (ageOf(before) < leaseMs) return true;
    if (ageOf(before) > longAgoMs) return false;
    await wait(watchMs);
    return (await look(path)).mtimeMs !== before.mtimeMs;
  } catch {
    return false;
  }
}

function ageOf({ mtimeMs }: { readonly mtimeMs: number }): number {
  return Math.abs(Date.now() - mtimeMs);
}

/** A network file system may answer a `stat` from memory, but not an open. */
async function look(path: string): Promise<{ readonly mtimeMs: number }> {
  const file = await openOwned(path, constants.O_RDONLY);
  try {
    return await file.stat();
  } finally {
    await file.close();
  }
}
