import { idempotencyKeyForm, isIdempotencyKey } from '../../create/idempotency-key.js';
import { invalidArgument, messageOf, RushesError } from '../../errors.js';
import { checkCreateInput } from '../../providers/check-create-input.js';
import type { CreateInput } from '../../providers/create-input.js';
import { providerNameProblem } from '../../task/ref.js';
import type { CreateOptions } from '../../watch/backend.js';
import type { GatewayCalls } from './gateway-calls.js';

/** Checks what does not need a gateway to be checked. @throws `INVALID_ARGUMENT` naming what is wrong. */
export function checkCreate(gateway: GatewayCalls, input: CreateInput, options: CreateOptions = {}): void {
  const { provider, idempotencyKey } = options;
  checkCreateInput(input);
  if (provider !== undefined || gateway.settings.ledger) {
    const problem = providerNameProblem(provider);
    if (problem !== undefined)
      throw invalidArgument(
        'create options.provider',
        `the name of a provider, which the ledger notes: ${problem}`,
        provider,
      );
  }
  if (idempotencyKey !== undefined && !isIdempotencyKey(idempotencyKey)) {
    throw invalidArgument('create.idempotencyKey', idempotencyKeyForm, idempotencyKey);
  }
  const { inputReference: _, ...words } = input;
  try {
    JSON.stringify(words);
  } catch (error) {
    throw new RushesError('INVALID_ARGUMENT', `create: expected what JSON can say: ${messageOf(error)}`);
  }
}
