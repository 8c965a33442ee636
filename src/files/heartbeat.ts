import { stat, utimes } from 'node:fs/promises';
import { Subscription } from 'rxjs';

/** How often a file's holder shows that it lives. */
export const beatMs = 1_000;

/** How old the last sign of life of a holder can be. */
export const leaseMs = 10_000;

/**
 * Touches `path` every second, so that other processes see that its holder lives; the file outlives a crash, its beat
 * does not. It keeps no process alive.
 */
export function keepBeating(path: string): Subscription {
  const timer = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, beatMs);
  timer.unref();
  return new Subscription(() => clearInterval(timer));
}

/** Whether the holder of `path` has shown in the last ten seconds that it lives. */
export async function isBeating(path: string): Promise<boolean> {
  try {
    return Math.abs(Date.now() - (await stat(path)).mtimeMs) < leaseMs;
  } catch {
    return false;
  }
}
