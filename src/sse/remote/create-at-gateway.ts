import { firstValueFrom } from 'rxjs';
import { keyReused } from '../../create/key-reused.js';
import type { CreateOutcome } from '../../create/ledger.js';
import { ledgerFailed } from '../../create/ledger-failed.js';
import { type CreateTrace, isRushesError, messageOf, RushesError } from '../../errors.js';
import type { CreateInput } from '../../providers/create-input.js';
import type { Snapshot } from '../../task/snapshot.js';
import type { CreateOptions } from '../../watch/backend.js';
import { writeCreate } from '../wire/create-body.js';
import type { GatewayCalls } from './gateway-calls.js';
import { Posting } from './posting.js';

/**
 * Has a gateway make a task, under a key that is noted in the ledger first. A lost answer is asked for again under the
 * same key, which makes no second task; only when patience is over it is `CREATE_AMBIGUOUS`, and `create` may be called
 * again with `error.create.idempotencyKey`.
 *
 * @param input - Checked, and nobody else's to change.
 */
export async function createAtGateway(
  gateway: GatewayCalls,
  input: CreateInput,
  { provider, idempotencyKey = newKey() }: CreateOptions,
): Promise<Snapshot> {
  const { url: baseUrl, waits } = gateway.settings;
  const body = await bodyOf(input, provider);
  const begun = await begin(gateway, { provider: provider ?? '', baseUrl, input, idempotencyKey });
  if (begun.kind === 'known') return begun.snapshot;
  const { key, isResumed } = begun;
  const trace = {
    provider: provider ?? '',
    baseUrl,
    model: input.model,
    sentAt: waits.now(),
    ...(key !== undefined && { key }),
    idempotencyKey,
  };
  const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
  const posting = new Posting(gateway, { method: 'POST', path: '/tasks', headers, body }, provider, isResumed);
  try {
    const snapshot = await firstValueFrom(posting.send());
    await note(gateway, key, { kind: 'created', snapshot });
    return snapshot;
  } catch (error) {
    const { status, requestIds } = posting.evidence;
    posting.made.subscribe((snapshot) => note(gateway, key, { kind: 'created', snapshot }));
    if (!posting.isAmbiguous && isRushesError(error)) {
      await note(gateway, key, { kind: 'refused', code: error.code, message: error.message });
      throw error;
    }
    const failure = ambiguous(messageOf(error), { ...trace, ...posting.evidence }, error);
    await note(gateway, key, {
      kind: 'ambiguous',
      message: failure.message,
      requestIds,
      ...(status !== undefined && { status }),
    });
    throw failure;
  }
}

type ToSend =
  | { readonly kind: 'known'; readonly snapshot: Snapshot }
  | { readonly kind: 'new'; readonly key: string | undefined; readonly isResumed: boolean };

/** A key that the ledger has open is sent again: whatever the first try did, the gateway answers it with the same task. */
async function begin(
  { settings: { ledger } }: GatewayCalls,
  create: Parameters<NonNullable<GatewayCalls['settings']['ledger']>['begin']>[0],
): Promise<ToSend> {
  if (!ledger) return { kind: 'new', key: undefined, isResumed: false };
  try {
    const begun = await ledger.begin(create);
    return begun.kind === 'known' ? begun : { ...begun, isResumed: false };
  } catch (error) {
    const known = isRushesError(error) && error.code === 'CREATE_AMBIGUOUS' ? error.create?.key : undefined;
    if (known !== undefined) return { kind: 'new', key: known, isResumed: true };
    // The input was checked before: what a ledger cannot take is the key.
    if (isRushesError(error) && error.code === 'INVALID_ARGUMENT') keyReused(error);
    const retryable = !isRushesError(error) || error.retryable;
    throw ledgerFailed(error, 'the create could not be noted, so it was not sent', { retryable });
  }
}

/** What cannot be noted is told all the same: the task is paid for. */
async function note({ settings }: GatewayCalls, key: string | undefined, outcome: CreateOutcome): Promise<void> {
  const { ledger, onLedgerFailed } = settings;
  if (!ledger || key === undefined) return;
  try {
    await ledger.note(key, outcome);
  } catch (cause) {
    const task = outcome.kind === 'created' ? outcome.snapshot.task : undefined;
    onLedgerFailed(ledgerFailed(cause, `what became of the create ${key} could not be noted`, { task }));
  }
}

function ambiguous(reason: string, create: CreateTrace, cause: unknown): RushesError {
  return new RushesError(
    'CREATE_AMBIGUOUS',
    `a task of ${create.model} may or may not have been made through ${create.baseUrl}: ${reason}; create again with the same idempotencyKey to find out`,
    { create, cause },
  );
}

async function bodyOf(input: CreateInput, provider: string | undefined): Promise<string> {
  try {
    return await writeCreate(input, provider);
  } catch (cause) {
    const message = `create.inputReference: could not be read: ${messageOf(cause)}`;
    throw new RushesError('INVALID_ARGUMENT', message, { cause });
  }
}

/** `crypto.randomUUID` is missing on pages that came over plain http. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
