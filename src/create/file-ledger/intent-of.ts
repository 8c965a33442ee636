import { invalidArgument } from '../../errors.js';
import { providerNameProblem } from '../../task/ref.js';
import type { NewCreate } from '../ledger.js';
import type { Intent } from '../ledger-record.js';
import { inputHash, sha256 } from './input-hash.js';

/** What a ledger puts to a create by itself. */
export interface IntentSettings {
  readonly keepPrompts: boolean;
  readonly now: () => number;
  readonly randomId: () => string;
}

/** What is noted of a create before it is sent. @throws `INVALID_ARGUMENT` for a provider or an address that is none. */
export async function intentOf(create: NewCreate, { keepPrompts, now, randomId }: IntentSettings): Promise<Intent> {
  const { provider, input, idempotencyKey } = create;
  const problem = providerNameProblem(provider);
  if (problem !== undefined) throw invalidArgument('ledger.begin.provider', problem, provider);
  return {
    key: randomId(),
    provider,
    baseUrl: stripped(create.baseUrl),
    model: input.model,
    promptHash: sha256(input.prompt),
    ...(keepPrompts && { prompt: input.prompt }),
    sentAt: now(),
    ...(idempotencyKey !== undefined && { idempotencyKey, inputHash: await inputHash(input) }),
  };
}

/** An address without what may be secret in it: userinfo, query and fragment. @throws `INVALID_ARGUMENT` for none. */
export function stripped(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw invalidArgument('ledger: baseUrl', 'an http(s) address', baseUrl);
  return url.origin + url.pathname.replace(/\/+$/, '');
}
