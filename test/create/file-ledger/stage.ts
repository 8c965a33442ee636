import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type Disk, nodeDisk } from '../../../src/create/file-ledger/disk.js';
import type { FileLedger } from '../../../src/create/file-ledger/file-ledger.js';
import { type OpenLedgerOptions, openLedgerOn } from '../../../src/create/file-ledger/open-ledger.js';
import type { NewCreate } from '../../../src/create/ledger.js';
import { create, keyOf, made } from './facts.js';

export { create, done, keyOf, made } from './facts.js';

/** Begins and notes the task of that id. */
export async function createIn(ledger: FileLedger, id: string, more: Partial<NewCreate> = {}): Promise<string> {
  const key = keyOf(await ledger.begin({ ...create, ...more }));
  await ledger.note(key, { kind: 'created', snapshot: made(id) });
  return key;
}

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

/** What is left, as plain ids and states. */
export async function standing(ledger: FileLedger) {
  const { snapshots, creates, skipped } = await ledger.unfinished();
  return {
    tasks: snapshots.map(({ task }) => task.id).sort(),
    creates: creates.map(({ key, state }) => `${key} ${state}`).sort(),
    skipped,
  };
}
