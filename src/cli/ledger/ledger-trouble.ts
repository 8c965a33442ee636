import { messageOf, RushesError } from '../../errors.js';
import { wordsOf } from '../error-words.js';
import type { TaskOptions } from '../options.js';
import { WrongUsage } from '../wrong-usage.js';

/** What it means that a ledger cannot be used: one at a place that was named was named wrongly. */
export function ledgerTrouble(cause: unknown, place: TaskOptions['ledger']): Error {
  const message = messageOf(cause);
  if (place === '') return new WrongUsage(wordsOf(cause));
  if (typeof place === 'string') return new WrongUsage(`--ledger names no ledger that can be used: ${message}`);
  return new RushesError('LEDGER_FAILED', `the ledger cannot be opened: ${message}`, { cause });
}
