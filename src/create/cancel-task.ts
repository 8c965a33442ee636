import { defer, firstValueFrom, type Observable } from 'rxjs';
import { aboutTask, isRushesError, RushesError } from '../errors.js';
import { readHint } from '../http/hints.js';
import type { HttpResponse, Operation } from '../providers/provider.js';
import { type TaskRef, taskKey } from '../task/ref.js';
import type { Snapshot } from '../task/snapshot.js';
import type { Status } from '../task/status.js';
import type { Account } from '../watch/account.js';
import type { CancelOutcome } from '../watch/backend.js';
import type { PollSettings } from '../watch/poll-source.js';
import { heedPause, timeLimit } from '../watch/read.js';

/** How cancels are made. */
export interface CancelSettings extends Pick<PollSettings, 'waits' | 'reporter' | 'requestTimeoutMs'> {
  readonly account: Account;
  readonly read: (task: TaskRef) => Observable<Snapshot>;
  readonly exchange: (operation: Operation) => Observable<HttpResponse>;
}

/** How long a task that was read as queued cannot have ended: no video is made in less. */
const cannotEndWithinMs = 10_000;

/**
 * Gives a task up at its provider, with at most one DELETE, and only when a read just said that the task is queued: the
 * same DELETE erases the record of one that has ended (Ark). A task that starts between the two is told as `too-late`
 * by the provider's refusal; a lost answer is settled by reading again. One that starts and ends between the two would
 * lose its record, so a DELETE that has to wait for its turn for too long is not sent.
 *
 * Rejects with what stopped the DELETE when the task is still queued after it: cancel may be called again.
 */
export function cancelTask(task: TaskRef, settings: CancelSettings): Promise<CancelOutcome> {
  const { cancels } = settings.account;
  const key = taskKey(task);
  const cancel = cancels.get(key) ?? cancelOnce(task, settings).finally(() => cancels.delete(key));
  cancels.set(key, cancel);
  return cancel;
}

async function cancelOnce(task: TaskRef, settings: CancelSettings): Promise<CancelOutcome> {
  const { account, read, exchange, waits, requestTimeoutMs } = settings;
  const { provider, lane } = account;
  if (!provider.supports.cancel) return 'unsupported';
  const { status } = await firstValueFrom(read(task));
  if (status !== 'queued') return status === 'cancelled' ? 'cancelled' : 'too-late';
  const operation = { kind: 'cancel', task } as const;
  const readMs = waits.now();
  const request = defer(() => {
    if (waits.now() - readMs > cannotEndWithinMs) throw tooLongAgo(task);
    return exchange(operation);
  }).pipe(timeLimit(requestTimeoutMs, waits), lane.admit(readMs));
  const failure = await firstValueFrom(request).then(
    (response) => {
      heedPause(response, readHint(response, waits.now()), settings);
      const heard = provider.hear(operation, response);
      return heard.kind === 'problem'
        ? new RushesError(heard.code, heard.message, { task, retryable: heard.retryable })
        : undefined;
    },
    (error: unknown) => aboutTask(error, task),
  );
  if (failure) {
    const standing = await standingAfterAll(read(task));
    if (standing === 'queued') throw failure;
    if (standing !== 'cancelled') return 'too-late';
  }
  account.cancelled(task, waits.now());
  return 'cancelled';
}

function tooLongAgo(task: TaskRef): RushesError {
  return new RushesError('UNAVAILABLE', 'the cancel had to wait for its turn for too long, and was not sent', {
    task,
    retryable: true,
  });
}

/** How the task stands when the cancel's answer did not say; a record that is gone was cancelled. */
async function standingAfterAll(read: Observable<Snapshot>): Promise<Status> {
  try {
    return (await firstValueFrom(read)).status;
  } catch (error) {
    if (isRushesError(error) && error.code === 'NOT_FOUND') return 'cancelled';
    throw error;
  }
}
