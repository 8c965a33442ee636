import { invalidArgument } from '../errors.js';
import { providerNameProblem } from '../task/ref.js';
import { inputHash, type Sha256 } from './input-hash.js';
import type { NewCreate } from './ledger.js';
import type { Intent } from './ledger-record.js';

/** What a ledger puts to a create by itself. */
export interface IntentSettings {
  readonly keepPrompts: boolean;
  readonly now: () => number;
  readonly randomId: () => string;
  readonly sha256: Sha256;
}

/** What is noted of a create before it is sent. @throws `INVALID_ARGUMENT` for a provider or an address that is none. */
export async function intentOf(create: NewCreate, settings: IntentSettings): Promise<Intent> {
  const { provider, input, idempotencyKey } = create;
  const { keepPrompts, now, randomId, sha256 } = settings;
  const problem = providerNameProblem(provider);
  if (problem !== undefined) throw invalidArgument('ledger.begin.provider', problem, provider);
  const baseUrl = stripped(create.baseUrl);
  const sentAt = now();
  return {
    key: randomId(),
    provider,
    baseUrl,
    model: input.model,
    promptHash: await sha256(input.prompt),
    ...(keepPrompts && { prompt: input.prompt }),
    sentAt,
    ...(idempotencyKey !== undefined && { idempotencyKey, inputHash: await inputHash(input, sha256) }),
  };
}

/** An address without what may be secret in it: userinfo, query and fragment. @throws `INVALID_ARGUMENT` for none. */
export function stripped(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw invalidArgument('ledger: baseUrl', 'an http(s) address', baseUrl);
  return url.origin + url.pathname.replace(/\/+$/, '');
}
