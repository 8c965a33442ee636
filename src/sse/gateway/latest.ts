import { firstValueFrom, map, merge, mergeMap, type Observable, race, throwError, timer } from 'rxjs';
import { type AnyRushesError, aboutTask, isRushesError, RushesError } from '../../errors.js';
import type { TaskRef } from '../../task/ref.js';
import type { Snapshot } from '../../task/snapshot.js';
import { until } from '../../watch/result.js';
import { admit } from './admit.js';
import { json, lost } from './answer.js';
import type { GatewayContext } from './gateway-context.js';

/** The latest snapshot of a task. */
export async function latest(request: Request, task: TaskRef, context: GatewayContext): Promise<Response> {
  const leave = await admit(request, [task], context);
  if (leave instanceof Response) return leave;
  try {
    const snapshot = await known(request, task, context);
    return isRushesError(snapshot) ? lost(snapshot) : json(200, context.project(snapshot, request));
  } finally {
    leave();
  }
}

/** What the shared watch of a task knows, or says first; or why it is lost. */
export function known(request: Request, task: TaskRef, context: GatewayContext): Promise<Snapshot | AnyRushesError> {
  const { watches, scheduler, closed, options } = context;
  const silent = timer(options.answerTimeoutMs, scheduler).pipe(
    map(() => `nothing was heard of the task within ${options.answerTimeoutMs} ms`),
  );
  const closing = closed.pipe(map(() => 'the gateway is closing'));
  const limit = merge(silent, closing).pipe(
    mergeMap((why) => throwError(() => new RushesError('UNAVAILABLE', why, { task, retryable: true }))),
  );
  const heard: Observable<Snapshot> = watches.watch(task);
  return firstValueFrom(until(request.signal, race(heard, limit))).catch(
    (error: unknown) => aboutTask(error, task) as AnyRushesError,
  );
}
