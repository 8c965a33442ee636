import { asyncScheduler } from 'rxjs';
import { checkMs } from '../../cadence/delay.js';
import { Waits } from '../../cadence/waits.js';
import { checkNames, invalidArgument, RushesError } from '../../errors.js';
import { webSha256 } from '../web-sha256.js';
import { IndexedLedger, type StorageLedger } from './indexed-ledger.js';

export type { StorageLedger } from './indexed-ledger.js';

/** Whose ledger it is, what it keeps, and where its times and keys come from. */
export interface StorageLedgerOptions {
  /**
   * The user, or the session: each has a ledger of its own, which no other one in the same browser gets to see through
   * this library. A database is named by it, so let it be no secret.
   */
  readonly scope: string;
  /**
   * Keep the text of prompts, to find a lost create by, and of answers that left it open; else only the SHA-256 of a
   * prompt is kept, and no text of an answer, which may repeat it. @defaultValue `false`
   */
  readonly keepPrompts?: boolean;
  /**
   * How long what is finished is remembered, and with it what an idempotency key stands for, in milliseconds; what is
   * older is removed when the ledger is opened. `Infinity` for ever. @defaultValue `2592000000`, 30 days
   */
  readonly maxAgeMs?: number;
  /** How long the browser may take for one step; then that is `LEDGER_FAILED`. @defaultValue `10000` */
  readonly timeoutMs?: number;
  /** What time it is, in epoch milliseconds. @defaultValue `Date.now` */
  readonly now?: () => number;
  /** A new key of a create, which no other one ever has; letters, digits and `-`. @defaultValue `crypto.randomUUID` */
  readonly randomId?: () => string;
}

/** The defaults of {@link StorageLedgerOptions} that are plain values. */
export const storageLedgerDefaults = Object.freeze({
  keepPrompts: false,
  maxAgeMs: 2_592_000_000,
  timeoutMs: 10_000,
} satisfies Partial<StorageLedgerOptions>);

const names = [
  'scope',
  'keepPrompts',
  'maxAgeMs',
  'timeoutMs',
  'now',
  'randomId',
] satisfies (keyof StorageLedgerOptions)[];

/**
 * Opens the ledger of that scope in the storage of this browser, for any number of tabs at a time, so that a page that
 * is reloaded goes on with what it paid for.
 *
 * A create is sent only once its note is in IndexedDB, with `durability: 'strict'`; where the browser refuses that, as
 * it does when its quota is used up and in some private modes, nothing is sent. Still a browser is not a disk of yours:
 * everything is lost when the user clears the site's data, when the browser evicts it because space runs short or the
 * site was not visited for long, and when a private window is closed; and the last notes may be when the power fails.
 *
 * It keeps which tasks there are, and no prompt, key, or link. What it reads is checked first. A create is in flight
 * while the tab that sent it holds a Web Lock for it; where there are none, for five minutes.
 *
 * @throws `INVALID_ARGUMENT` for a wrong option; `LEDGER_FAILED` where there is no IndexedDB, or no SHA-256 since the
 * page is not from https or localhost.
 * @example
 * ```ts
 * const ledger = await storageLedger({ scope: 'user-42' });
 * const client = createClient(cometapi({ apiKey }), { ledger });
 * client.watchAll(ledger.unfinished()).subscribe((event) => console.log(event.task.id)); // task_abc123
 * ```
 */
export async function storageLedger(options: StorageLedgerOptions): Promise<StorageLedger> {
  checkNames('storageLedger', options, names);
  const { scope, keepPrompts, maxAgeMs, timeoutMs } = { ...storageLedgerDefaults, ...options };
  const { now = Date.now, randomId = () => crypto.randomUUID() } = options;
  if (typeof scope !== 'string' || scope === '')
    throw invalidArgument('storageLedger.scope', 'a text that names the user or session, not an empty one', scope);
  if (typeof keepPrompts !== 'boolean') throw invalidArgument('storageLedger.keepPrompts', 'a boolean', keepPrompts);
  checkMs('storageLedger.maxAgeMs', maxAgeMs, { orInfinity: true });
  checkMs('storageLedger.timeoutMs', timeoutMs);
  if (!globalThis.crypto?.subtle)
    throw new RushesError('LEDGER_FAILED', 'the ledger needs SHA-256, which a page has only from https or localhost');
  const waits = new Waits(asyncScheduler);
  const settings = { scope, keepPrompts, maxAgeMs, timeoutMs, waits, now, randomId, sha256: webSha256 };
  return new IndexedLedger(settings).open();
}
