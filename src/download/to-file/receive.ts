import type { Client } from '../../client.js';
import { isRushesError } from '../../errors.js';
import type { TaskRef } from '../../task/ref.js';
import type { CompletedSnapshot } from '../../task/snapshot.js';
import { downloadFailed } from '../download-failed.js';
import { findVideo } from '../find-video.js';
import { WrongLength } from '../guarded-body.js';
import { discard, type OpenAtOptions, openAt } from '../open-at.js';
import { admitRest, admitWhole, type Rest, type Whole } from './admit.js';
import { structureOf } from './mp4-structure.js';
import type { PartFile } from './part-file.js';

/** What one attempt needs beside the part file. */
export interface ReceiveOptions extends Pick<OpenAtOptions, 'stallTimeoutMs' | 'scheduler'> {
  readonly client: Client;
  /** How many bytes a video may have. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** The newest that is known of a task, for this attempt and the next. */
export interface Known {
  snapshot: CompletedSnapshot;
}

/**
 * One attempt to get what is missing of a video: the rest of it where the server proves that it is the same video, else
 * all of it from its start.
 *
 * @param onBytes - Told after each piece that is in the file.
 * @throws `DOWNLOAD_FAILED`, retryable when a further attempt may get further; `TASK_FAILED`; the system's error.
 */
export async function receive(
  part: PartFile,
  known: Known,
  onBytes: () => void,
  options: ReceiveOptions,
): Promise<void> {
  const { client, signal, scheduler } = options;
  const askAt = async (task: TaskRef, url: string | undefined) => ({
    url,
    answer: await ask(part, task, url, options),
  });
  const { video, snapshot } = await findVideo(client, known.snapshot, askAt, {
    now: () => scheduler.now(),
    signal,
  });
  known.snapshot = snapshot;
  await fill(part, video.answer, onBytes, options);
  if (part.mark.total === undefined) {
    await makeSureOfEnd(part, async () => {
      const asked = missingOf(part);
      if (!asked) return undefined;
      const response = await openAt(client, snapshot.task, video.url, { ...options, ...asked });
      const rest = admitRest(response, part, options);
      if (!rest) discard(response);
      return rest;
    });
  }
}

/** What is missing of a video, or, where it does not prove to be that, all of it. */
async function ask(
  part: PartFile,
  task: TaskRef,
  url: string | undefined,
  options: ReceiveOptions,
): Promise<Rest | Whole> {
  const { client } = options;
  const asked = missingOf(part);
  const response = await openAt(client, task, url, { ...options, ...asked });
  if (!asked) return admitWhole(response, task, options);
  const rest = admitRest(response, part, options);
  if (rest) return rest;
  if (response.status === 200) return admitWhole(response, task, options);
  discard(response);
  return admitWhole(await openAt(client, task, url, options), task, options);
}

/** The request for what is missing, where there is something to add it to. */
function missingOf({ size, mark }: PartFile): Pick<OpenAtOptions, 'range' | 'ifRange'> | undefined {
  return size > 0 && mark.validator ? { range: `bytes=${size}-`, ifRange: mark.validator.value } : undefined;
}

/** @throws `DOWNLOAD_FAILED` for a video that is larger than the caller allows. */
export function makeSureOfSize(bytes: number, maxBytes: number): void {
  if (bytes > maxBytes) {
    throw downloadFailed(`the video has more than the ${maxBytes} bytes that the option maxBytes allows`);
  }
}

async function fill(
  part: PartFile,
  answer: Rest | Whole,
  onBytes: () => void,
  { maxBytes, signal }: ReceiveOptions,
): Promise<void> {
  const { body } = answer;
  const next = async () => {
    try {
      return await body?.read();
    } catch (error) {
      if (error instanceof WrongLength) await part.forget();
      throw error;
    }
  };
  try {
    makeSureOfSize(('mark' in answer ? answer.mark.total : answer.total) ?? 0, maxBytes);
    if ('mark' in answer) await part.begin(answer.mark);
    else await part.learn(answer.total);
    await part.makeSureOfRoom();
    for (let piece = await next(); piece?.done === false; piece = await next()) {
      signal.throwIfAborted();
      makeSureOfSize(part.size + piece.value.length, maxBytes);
      await part.append(piece.value);
      onBytes();
    }
  } finally {
    body?.cancel().catch(() => undefined);
  }
}

/**
 * A body without a length can seem to be whole when it broke off. A server that knows ranges can be asked whether there
 * is more; else the video itself may tell.
 */
async function makeSureOfEnd(part: PartFile, askForMore: () => Promise<Rest | undefined>): Promise<void> {
  const more = await askForMore().catch((error: unknown) => {
    if (isRushesError(error) && !error.retryable) return undefined;
    throw error;
  });
  more?.body?.cancel().catch(() => undefined);
  if (more) await part.learn(more.total);
  const structure = more ? undefined : await structureOf(part);
  if (more ? more.total > part.size : structure === 'cut' || structure === 'unfinished') {
    throw downloadFailed(`the video broke off after ${part.size} bytes`, { retryable: true });
  }
}
