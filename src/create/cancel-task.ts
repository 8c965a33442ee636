import { defer, firstValueFrom, type Observable } from 'rxjs';
import { isRushesError } from '../errors.js';
import type { HttpResponse, Operation } from '../providers/provider.js';
import type { TaskRef } from '../task/ref.js';
import type { Snapshot } from '../task/snapshot.js';
import type { Account } from '../watch/account.js';
import type { CancelOutcome } from '../watch/backend.js';
import type { PollSettings } from '../watch/poll-source.js';
import { timeLimit } from '../watch/read.js';

/** How cancels are made. */
export interface CancelSettings extends Pick<PollSettings, 'waits' | 'requestTimeoutMs'> {
  readonly account: Account;
  readonly read: (task: TaskRef) => Observable<Snapshot>;
  readonly exchange: (operation: Operation) => Observable<HttpResponse>;
}

/**
 * Gives a task up at its provider, with at most one DELETE, and only when a read just said that the task is queued: the
 * same DELETE erases the record of one that has ended (Ark). A task that starts between the two is told as `too-late`
 * by the provider's refusal; a lost answer is settled by reading again.
 */
export async function cancelTask(task: TaskRef, settings: CancelSettings): Promise<CancelOutcome> {
  const { account, read, exchange, waits, requestTimeoutMs } = settings;
  const { provider, lane } = account;
  if (!provider.supports.cancel) return 'unsupported';
  const { status } = await firstValueFrom(read(task));
  if (status !== 'queued') return status === 'cancelled' ? 'cancelled' : 'too-late';
  const operation = { kind: 'cancel', task } as const;
  const request = defer(() => exchange(operation)).pipe(timeLimit(requestTimeoutMs, waits), lane.admit(waits.now()));
  const heard = await firstValueFrom(request).then(
    (response) => provider.hear(operation, response).kind,
    () => 'lost',
  );
  if (heard !== 'done' && !(await isGone(read(task)))) return 'too-late';
  account.cancelled(task);
  return 'cancelled';
}

/** Whether the task was given up after all: its record says so, or is no more. */
async function isGone(read: Observable<Snapshot>): Promise<boolean> {
  try {
    return (await firstValueFrom(read)).status === 'cancelled';
  } catch (error) {
    if (isRushesError(error) && error.code === 'NOT_FOUND') return true;
    throw error;
  }
}
