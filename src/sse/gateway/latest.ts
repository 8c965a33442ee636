import { firstValueFrom, mergeMap, type Observable, race, throwError, timer } from 'rxjs';
import { type AnyRushesError, aboutTask, isRushesError, RushesError } from '../../errors.js';
import type { TaskRef } from '../../task/ref.js';
import type { Snapshot } from '../../task/snapshot.js';
import { until } from '../../watch/result.js';
import { admit } from './admit.js';
import { json, lost } from './answer.js';
import type { Desk } from './desk.js';

/** The latest snapshot of a task. */
export async function latest(request: Request, task: TaskRef, desk: Desk): Promise<Response> {
  const leave = await admit(request, [task], desk);
  if (leave instanceof Response) return leave;
  try {
    const snapshot = await known(request, task, desk);
    return isRushesError(snapshot) ? lost(snapshot) : json(200, desk.project(snapshot, request));
  } finally {
    leave();
  }
}

/** What the shared watch of a task knows, or says first; or why it is lost. */
export function known(request: Request, task: TaskRef, desk: Desk): Promise<Snapshot | AnyRushesError> {
  const { hall, scheduler, closed, options } = desk;
  const tooLate = () => {
    const message = `nothing was heard of the task within ${options.answerTimeoutMs} ms`;
    return throwError(() => new RushesError('UNAVAILABLE', message, { task, retryable: true }));
  };
  const heard: Observable<Snapshot> = hall.watch(task);
  const limit = race(timer(options.answerTimeoutMs, scheduler), closed).pipe(mergeMap(tooLate));
  return firstValueFrom(until(request.signal, race(heard, limit))).catch(
    (error: unknown) => aboutTask(error, task) as AnyRushesError,
  );
}
