import { createCandidates, type OpenCreate, type Snapshot } from '../../index.js';
import { hasKey, openProvider } from '../provider-choice.js';
import type { Session } from '../session.js';
import type { Shell } from '../shell.js';

/** An open create, and the tasks that it may have made, where its provider lists them. */
export type ListedCreate = OpenCreate & { readonly candidates?: readonly Snapshot[] };

/** Looks up what an ambiguous create may have made. It is told of all the same where that cannot be looked up. */
export async function withCandidates(
  create: OpenCreate,
  { transport }: Pick<Session, 'transport'>,
  { env }: Pick<Shell, 'env'>,
): Promise<ListedCreate> {
  const { provider: name, baseUrl, state } = create;
  if (state !== 'ambiguous' || !hasKey(name, env)) return create;
  try {
    const provider = openProvider(name, baseUrl, env);
    if (!provider.supports.list) return create;
    return { ...create, candidates: await createCandidates(provider, create, { transport }) };
  } catch {
    return create;
  }
}
