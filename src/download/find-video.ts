import type { Client } from '../client.js';
import { taskFailed } from '../operators/throw-if-failed.js';
import type { TaskRef } from '../task/ref.js';
import { type CompletedSnapshot, isCompleted, isFailure, type Snapshot } from '../task/snapshot.js';
import type { TaskLike } from '../watch/task-like.js';
import { allFailed, asDownloadFailed, downloadFailed } from './download-failed.js';

/** Asks for a video at one place: an address of it, or, without one, the provider's content route. */
export type AskAt<T> = (task: TaskRef, url: string | undefined) => Promise<T>;

/** How {@link findVideo} looks. */
export interface FindOptions {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal | undefined;
}

/** A video, and the newest that is known of its task. */
export interface Found<T> {
  readonly video: T;
  readonly snapshot: CompletedSnapshot;
}

/**
 * Asks wherever a video may be, until one place has it: the address that is known and has not expired, the one that a
 * new read of the task gives, the provider's content route. Nothing is created for it.
 *
 * @throws `TASK_FAILED` for a task that ended without a video; `DOWNLOAD_FAILED` for one that has not ended
 * (retryable), and when no place has the video (retryable when one of them may have it later); the signal's reason.
 */
export async function findVideo<T>(
  client: Client,
  task: TaskLike,
  askAt: AskAt<T>,
  { now, signal }: FindOptions,
): Promise<Found<T>> {
  const troubles: unknown[] = [];
  const survive = async <R>(step: () => Promise<R>): Promise<R | undefined> => {
    try {
      return await step();
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      troubles.push(error);
      return undefined;
    }
  };
  const ask = async (snapshot: CompletedSnapshot, url: string | undefined): Promise<Found<T> | undefined> => {
    const answer = await survive(async () => ({ video: await askAt(snapshot.task, url) }));
    return answer && { ...answer, snapshot };
  };

  const known = knownEnd(task);
  const knownUrl = known && isValid(known, now()) ? known.videoUrl : undefined;
  const atOnce = known && knownUrl !== undefined && (await ask(known, knownUrl));
  if (atOnce) return atOnce;

  const read = await survive(() => client.read(task, { signal }));
  // A provider that changes its mind about a finished task does not unfinish it.
  const snapshot = read && (!known || isCompleted(read)) ? completed(read) : known;
  if (!snapshot) throw asDownloadFailed(troubles[0]);

  const { videoUrl } = snapshot;
  const again = videoUrl !== undefined && videoUrl !== knownUrl && (await ask(snapshot, videoUrl));
  const found = again || (await ask(snapshot, undefined));
  if (found) return found;
  throw allFailed(troubles, { task: snapshot.task, lastSnapshot: snapshot });
}

function knownEnd(task: TaskLike): CompletedSnapshot | undefined {
  if (typeof task === 'string' || !('status' in task)) return undefined;
  return isCompleted(task) || isFailure(task) ? completed(task) : undefined;
}

function completed(snapshot: Snapshot): CompletedSnapshot {
  if (isCompleted(snapshot)) return snapshot;
  if (isFailure(snapshot)) throw taskFailed(snapshot);
  const { task, status } = snapshot;
  throw downloadFailed(`the task is still ${status}`, { task, lastSnapshot: snapshot, retryable: true });
}

function isValid({ expiresAt }: CompletedSnapshot, nowMs: number): boolean {
  return expiresAt === undefined || nowMs < expiresAt;
}
