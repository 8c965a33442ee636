import { defer, filter, lastValueFrom, type Observable, switchMap, tap } from 'rxjs';
import type { Client } from '../../client.js';
import { aboutTask, isRushesError, messageOf } from '../../errors.js';
import { retryTransient } from '../../operators/retry-transient.js';
import { throwIfFailed } from '../../operators/throw-if-failed.js';
import type { TaskRef } from '../../task/ref.js';
import { type CompletedSnapshot, isCompleted } from '../../task/snapshot.js';
import { until } from '../../watch/result.js';
import type { TaskLike } from '../../watch/task-like.js';
import { abortable } from '../abortable.js';
import { checkClient } from '../check-client.js';
import { type Container, containerOf, startBytes } from '../container.js';
import { downloadFailed } from '../download-failed.js';
import { diskFull, isDiskFull } from './disk-full.js';
import { finish, type SavedVideo } from './finish.js';
import { PartFile } from './part-file.js';
import { pathsBeside } from './part-paths.js';
import { makeSureOfTarget } from './place.js';
import { makeSureOfSize, receive } from './receive.js';
import type { SaveSettings } from './save-settings.js';

/** How far a download has come. */
export interface SaveProgress {
  readonly kind: 'progress';
  /** It never falls: bytes that have to come again are no news. */
  readonly receivedBytes: number;
  /** Absent when nobody knows. */
  readonly totalBytes?: number;
}

/** Where the video of a task goes to. */
export interface Destination {
  /** The part file and its companions are named after it. */
  readonly stem: string;
  /** Its path; the container is known by the first bytes only. */
  pathOf(container: Container | undefined): string;
  /** Every path that it may have. */
  readonly paths: readonly string[];
}

/** What to save, and where to. */
export interface Saving {
  readonly client: Client;
  readonly task: TaskLike;
  readonly destination: (task: TaskRef) => Destination;
  readonly settings: SaveSettings;
}

/**
 * Waits for a task's video and saves it.
 *
 * @throws `INVALID_ARGUMENT` at the call for what names no task.
 */
export function save(saving: Saving): Observable<SaveProgress | SavedVideo> {
  const { client, task } = saving;
  checkClient(client);
  const completed = client.watch(task).pipe(throwIfFailed(), filter(isCompleted));
  const named = typeof task === 'string' ? undefined : 'task' in task ? task.task : task;
  return defer(async () => named && aboutDisk(named, makeSureOfTargets(named, saving))).pipe(
    switchMap(() => completed),
    switchMap((snapshot) =>
      abortable<SaveProgress | SavedVideo>((signal, emit) =>
        aboutDisk(snapshot.task, download(snapshot, { ...saving, signal, emit })),
      ),
    ),
  );
}

interface Download extends Saving {
  readonly signal: AbortSignal;
  readonly emit: (progress: SaveProgress) => void;
}

async function download(snapshot: CompletedSnapshot, saving: Download): Promise<SavedVideo> {
  const { destination, settings, signal } = saving;
  await makeSureOfTargets(snapshot.task, saving);
  const { stem, pathOf, paths } = destination(snapshot.task);
  return PartFile.hold(pathsBeside(stem, paths), snapshot.task, signal, async (part) => {
    makeSureOfSize(part.size, settings.maxBytes);
    if (!part.isComplete) await fetchAll(part, snapshot, saving);
    const path = pathOf(containerOf(await part.read(0, startBytes)));
    return finish(part, { path, overwrite: settings.overwrite }, signal);
  });
}

/** As many attempts as it takes; bytes that have not come before are what restores the patience. */
async function fetchAll(part: PartFile, snapshot: CompletedSnapshot, saving: Download): Promise<void> {
  const { settings, signal, emit } = saving;
  const { stallTimeoutMs, scheduler, random } = settings;
  const known = { snapshot };
  let furthest = part.size;
  let running: Promise<unknown> = Promise.resolve();

  const progress = (): SaveProgress => {
    const { total } = part.mark;
    return { kind: 'progress', receivedBytes: part.size, ...(total !== undefined && { totalBytes: total }) };
  };
  const attempt = abortable<SaveProgress>((gone, tell) => {
    const onBytes = () => {
      if (part.size <= furthest) return;
      furthest = part.size;
      tell(progress());
    };
    const received = receive(part, known, onBytes, { ...saving, ...settings, signal: gone });
    running = received;
    return received.then(progress);
  });
  const patient = attempt.pipe(
    retryTransient({ ...settings.retry, attemptMs: stallTimeoutMs, scheduler, random }),
    tap(emit),
  );
  try {
    await lastValueFrom(until(signal, patient));
  } finally {
    // Whoever takes the part file over must not meet a last write of ours.
    await running.catch(() => undefined);
  }
}

async function makeSureOfTargets(task: TaskRef, { destination, settings }: Saving): Promise<void> {
  for (const path of destination(task).paths) await makeSureOfTarget({ path, overwrite: settings.overwrite });
}

/** What breaks without a word of ours here is the disk. */
async function aboutDisk<T>(task: TaskRef, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isRushesError(error)) throw aboutTask(error, task);
    if (isDiskFull(error)) throw aboutTask(diskFull(undefined, error), task);
    throw downloadFailed(`the video could not be saved: ${messageOf(error)}`, { task, cause: error });
  }
}
