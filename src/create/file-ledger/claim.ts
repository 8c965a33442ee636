import { constants } from 'node:fs';
import { join } from 'node:path';
import { type Disk, hasCode, ifThere } from './disk.js';
import { sha256 } from './sha256.js';

const { O_CREAT, O_EXCL, O_WRONLY } = constants;

/** How the name of a claim ends, and that of one which is being made. */
export const claimEndings = ['.claim', '.claiming'] as const;

/** One create that wants to be the only one of its name. */
export interface Claimant {
  readonly key: string;
  readonly provider: string;
  readonly idempotencyKey: string;
}

/** Where claims are. */
export interface ClaimSettings {
  readonly folder: string;
  readonly disk: Disk;
  /** Whether the create of that key certainly made no task and never will. */
  readonly isSpent: (key: string) => Promise<boolean>;
}

/**
 * Lets one create of a name through, among all processes. Each attempt of that name is one file that holds the key of
 * its create and comes into being whole, as a link, so that only one can make it; the next attempt is open to those
 * who know that the one before is spent. A claim is never given back: that of a create that crashed stays until somebody
 * has settled it.
 *
 * @returns The key of who holds the claim: `key` itself, or of whom it gives way to; empty where that cannot be read.
 */
export async function takeClaim(claimant: Claimant, settings: ClaimSettings): Promise<string> {
  const { key, provider, idempotencyKey } = claimant;
  const { folder, disk, isSpent } = settings;
  const [claim, claiming] = claimEndings;
  const name = sha256(`${provider}/${idempotencyKey}`).slice(0, 32);
  const mine = join(folder, `${key}${claiming}`);
  await write(mine, key, disk);
  try {
    for (let attempt = 1; ; attempt++) {
      const path = join(folder, `${name}-${attempt}${claim}`);
      if (await isFirst(mine, path, disk)) return key;
      const holder = (await ifThere(disk.readFile(path))) ?? '';
      if (!(await isSpent(holder))) return holder;
    }
  } finally {
    // It does no harm, and goes when it is old.
    await disk.unlink(mine).catch(() => undefined);
  }
}

async function isFirst(mine: string, path: string, disk: Disk): Promise<boolean> {
  try {
    await disk.link(mine, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function write(path: string, text: string, disk: Disk): Promise<void> {
  const file = await disk.openOwned(path, O_WRONLY | O_CREAT | O_EXCL);
  try {
    await file.writeFile(text);
    // After a power failure an empty claim would hold its name for ever.
    await file.sync();
  } finally {
    await file.close();
  }
}
