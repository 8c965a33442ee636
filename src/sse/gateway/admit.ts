import { exhaustMap, filter, interval, type Observable, take } from 'rxjs';
import type { TaskRef } from '../../task/ref.js';
import { answer, denial, noRoom } from './answer.js';
import type { GatewayContext } from './gateway-context.js';
import { hasSeenEnd } from './has-seen-end.js';

/** Ends the visit of a viewer who may be here, and counts for the limits until then. */
export type Leave = () => void;

/** What is asked for, beside the tasks. */
export interface Wish {
  /** A stream of one task, or of many, which a viewer may have seen the end of. */
  readonly stream?: 'one' | 'many';
  /** Asked after `authorize`. */
  readonly further?: () => unknown;
}

/** Whether `request` may see all of `tasks`. */
export function maySee(request: Request, tasks: readonly TaskRef[], context: GatewayContext): Promise<boolean> {
  const { authorize } = context.options;
  return context.guard.isGranted(
    request,
    tasks.map((task) => () => authorize(request, task)),
  );
}

/** Lets a viewer in, in this order: may it see the tasks, has it seen their end, is there room. */
export async function admit(
  request: Request,
  tasks: readonly TaskRef[],
  context: GatewayContext,
  { stream, further }: Wish = {},
): Promise<Leave | Response> {
  if (!(await maySee(request, tasks, context))) return denial();
  if (further && !(await context.guard.isGranted(request, [further]))) return denial();
  if (stream && hasSeenEnd(request, tasks, stream)) return answer(204);
  const principal = await principalOf(request, context);
  if (principal instanceof Response) return principal;
  const { watches, connections, options } = context;
  const free = connections.take(principal);
  if (typeof free === 'string') return noRoom(free, options.lingerMs);
  const letGo = watches.enter(tasks, principal);
  if (typeof letGo !== 'string') {
    return () => {
      letGo();
      free();
    };
  }
  free();
  return noRoom(letGo, options.rememberMs);
}

/** Who asks; whoever cannot be told from others is nobody that anything is shown to. */
export async function principalOf(request: Request, context: GatewayContext): Promise<string | undefined | Response> {
  const { principal } = context.options;
  if (!principal) return undefined;
  const name = await context.guard.ask('principal', request, async () => {
    const said: unknown = await principal(request);
    if (typeof said !== 'string') throw new TypeError('principal: expected a string');
    return said;
  });
  return name ?? denial();
}

/** Emits when `request` may no longer see all of `tasks`, asked again from time to time. */
export function denied(request: Request, tasks: readonly TaskRef[], context: GatewayContext): Observable<unknown> {
  return interval(context.options.reauthorizeMs, context.scheduler).pipe(
    exhaustMap(() => maySee(request, tasks, context)),
    filter((may) => !may),
    take(1),
  );
}
