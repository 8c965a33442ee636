import { randomUUID } from 'node:crypto';
import { checkNames, invalidArgument } from '../../errors.js';
import { type Disk, nodeDisk } from './disk.js';
import { type FileLedger, SegmentedLedger } from './file-ledger.js';
import { sha256 } from './sha256.js';

export type { FileLedger } from './file-ledger.js';

/** What a ledger keeps, and where its times and keys come from. */
export interface OpenLedgerOptions {
  /**
   * Keep the text of prompts, to find a lost create by, and of answers that left it open; else only the SHA-256 of a
   * prompt is kept, and no text of an answer, which may repeat it. @defaultValue `false`
   */
  readonly keepPrompts?: boolean;
  /** What time it is, in epoch milliseconds. @defaultValue `Date.now` */
  readonly now?: () => number;
  /** A new key of a create, which no other one ever has; letters, digits and `-`. @defaultValue `crypto.randomUUID` */
  readonly randomId?: () => string;
}

/** The default of {@link OpenLedgerOptions} that is a plain value. */
export const openLedgerDefaults = Object.freeze({ keepPrompts: false } satisfies OpenLedgerOptions);

/**
 * Opens the ledger of that path, for any number of processes at a time. Its files are in the folder `<path>.d`, which is
 * made, for its owner only, when there is something to note; a ledger that is only read leaves nothing behind.
 *
 * Each note is durable before it is told of: written and flushed to the disk. A crash can tear the note that was being
 * written, and no other. It keeps no prompt, no key, and nothing of an address behind its path.
 *
 * When a write fails, everything that is to be noted rejects with `LEDGER_FAILED` until the ledger is opened anew.
 * Tasks and idempotency keys of which everything is finished are forgotten after 30 days.
 *
 * @throws `INVALID_ARGUMENT` for a wrong option, `LEDGER_FAILED` when `<path>.d` is a link or belongs to somebody else.
 * @example
 * ```ts
 * const ledger = await openLedger('videos.ledger');
 * const client = createClient(cometapi({ apiKey }), { ledger });
 * client.watchAll(ledger.unfinished()).subscribe((event) => console.log(event.task.id)); // task_abc123
 * ```
 */
export function openLedger(path: string, options: OpenLedgerOptions = {}): Promise<FileLedger> {
  return openLedgerOn(nodeDisk, path, options);
}

/** {@link openLedger} on a disk that may fail. */
export async function openLedgerOn(disk: Disk, path: string, options: OpenLedgerOptions = {}): Promise<FileLedger> {
  if (typeof path !== 'string' || path === '' || path.includes('\0'))
    throw invalidArgument('openLedger(path)', 'a path', path);
  checkNames('openLedger', options, ['keepPrompts', 'now', 'randomId'] satisfies (keyof OpenLedgerOptions)[]);
  const { keepPrompts = openLedgerDefaults.keepPrompts, now = Date.now, randomId = randomUUID } = options;
  if (typeof keepPrompts !== 'boolean') throw invalidArgument('openLedger.keepPrompts', 'a boolean', keepPrompts);
  return new SegmentedLedger({ path, disk, keepPrompts, now, randomId, sha256 }).open();
}
