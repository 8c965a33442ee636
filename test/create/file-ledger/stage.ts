import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type Disk, nodeDisk } from '../../../src/create/file-ledger/disk.js';
import type { FileLedger } from '../../../src/create/file-ledger/file-ledger.js';
import { type OpenLedgerOptions, openLedgerOn } from '../../../src/create/file-ledger/open-ledger.js';

export { createIn, standing } from '../ledger-checks.js';
export { create, done, keyOf, made } from './facts.js';

/** A folder for ledgers, which are closed and removed after each test. */
export function ledgers() {
  const open: FileLedger[] = [];
  const folders: string[] = [];
  afterEach(async () => {
    for (const ledger of open.splice(0)) await ledger.close().catch(() => undefined);
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
  });
  const home = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rushes-ledger-'));
    folders.push(folder);
    return folder;
  };
  return {
    home,
    path: async () => join(await home(), 'videos.ledger'),
    async open(path: string, options: OpenLedgerOptions & { disk?: Disk } = {}): Promise<FileLedger> {
      const { disk = nodeDisk, ...others } = options;
      const ledger = await openLedgerOn(disk, path, others);
      open.push(ledger);
      return ledger;
    },
  };
}

/** The names of the segments of a ledger. */
export async function segments(path: string): Promise<string[]> {
  return (await readdir(`${path}.d`)).filter((name) => name.endsWith('.jsonl')).map((name) => join(`${path}.d`, name));
}

/** Everything that a ledger wrote, names included. */
export async function everything(path: string): Promise<string> {
  const names = await readdir(`${path}.d`);
  const texts = await Promise.all(names.map((name) => readFile(join(`${path}.d`, name), 'utf8')));
  return [...names, ...texts].join('\n');
}
