import { isRushesError, messageOf, RushesError } from '../errors.js';
import type { TaskRef } from '../task/ref.js';

/** What a ledger failed with, as `LEDGER_FAILED`; the ledger's own refusals, such as of a key used twice, stay. */
export function ledgerFailed(
  cause: unknown,
  what: string,
  details: { readonly task?: TaskRef | undefined; readonly retryable?: boolean } = {},
): RushesError {
  if (isRushesError(cause) && cause.code !== 'LEDGER_FAILED') return cause;
  return new RushesError('LEDGER_FAILED', `${what}: ${messageOf(cause)}`, { ...details, cause });
}
