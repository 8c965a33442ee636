import { exhaustMap, filter, interval, type Observable, take } from 'rxjs';
import type { TaskRef } from '../../task/ref.js';
import { answer, denial, noRoom } from './answer.js';
import type { Desk } from './desk.js';
import { hasSeenEnd } from './event-stream.js';

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
export function maySee(request: Request, tasks: readonly TaskRef[], desk: Desk): Promise<boolean> {
  const { authorize } = desk.options;
  return desk.guard.isGranted(
    request,
    tasks.map((task) => () => authorize(request, task)),
  );
}

/** Lets a viewer in, in this order: may it see the tasks, has it seen their end, is there room. */
export async function admit(
  request: Request,
  tasks: readonly TaskRef[],
  desk: Desk,
  { stream, further }: Wish = {},
): Promise<Leave | Response> {
  if (!(await maySee(request, tasks, desk))) return denial();
  if (further && !(await desk.guard.isGranted(request, [further]))) return denial();
  if (stream && hasSeenEnd(request, tasks, stream === 'one')) return answer(204);
  const principal = await principalOf(request, desk);
  if (principal instanceof Response) return principal;
  const { hall, seats, options } = desk;
  const stand = seats.take(principal);
  if (typeof stand === 'string') return noRoom(stand, options.lingerMs);
  const letGo = hall.enter(tasks, principal);
  if (typeof letGo !== 'string') {
    return () => {
      letGo();
      stand();
    };
  }
  stand();
  return noRoom(letGo, options.rememberMs);
}

/** Who asks; whoever cannot be told from others is nobody that anything is shown to. */
export async function principalOf(request: Request, desk: Desk): Promise<string | undefined | Response> {
  const { principal } = desk.options;
  if (!principal) return undefined;
  const name = await desk.guard.ask('principal', request, async () => {
    const said: unknown = await principal(request);
    if (typeof said !== 'string') throw new TypeError('principal: expected a string');
    return said;
  });
  return name ?? denial();
}

/** Emits when `request` may no longer see all of `tasks`, asked again from time to time. */
export function denied(request: Request, tasks: readonly TaskRef[], desk: Desk): Observable<unknown> {
  return interval(desk.options.reauthorizeMs, desk.scheduler).pipe(
    exhaustMap(() => maySee(request, tasks, desk)),
    filter((may) => !may),
    take(1),
  );
}
