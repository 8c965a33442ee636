import { isRushesError } from '../../errors.js';
import type { TaskRef } from '../../task/ref.js';
import { isTerminal } from '../../task/snapshot.js';
import type { CancelOutcome } from '../../watch/backend.js';
import { admit } from './admit.js';
import { denial, json, lost, plain, unchanged } from './answer.js';
import type { GatewayContext } from './gateway-context.js';
import { known } from './latest.js';
import { isJson } from './read-body.js';

/** Cancels a task; one that is known to have ended, or not to be, is asked about no further. */
export async function cancel(request: Request, task: TaskRef, context: GatewayContext): Promise<Response> {
  const { authorizeCancel, client } = context.options;
  if (!authorizeCancel || !context.crossSite.mayChange(request)) return denial();
  if (!isJson(request)) return plain(415, 'send application/json');
  const leave = await admit(request, [task], context, { further: () => authorizeCancel(request, task) });
  if (leave instanceof Response) return leave;
  try {
    const snapshot = await known(request, task, context);
    if (isRushesError(snapshot)) return lost(snapshot);
    const outcome: CancelOutcome = isTerminal(snapshot) ? 'too-late' : await client.cancel(task);
    return json(200, { outcome });
  } catch (error) {
    if (isRushesError(error)) return unchanged(error);
    throw error;
  } finally {
    leave();
  }
}
