import type { Client } from '../../client.js';
import { isRushesError } from '../../errors.js';
import type { TaskRef } from '../../task/ref.js';
import type { CompletedSnapshot } from '../../task/snapshot.js';
import { downloadFailed } from '../download-failed.js';
import { findVideo } from '../find-video.js';
import { WrongLength } from '../guarded-body.js';
import { type OpenAtOptions, openAt } from '../open-at.js';
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
  const askAt = async (task: TaskRef, url: string | undefined): Promise<{ url: typeof url; answer: Rest | Whole }> => {
    const rest = await askForRest(part, task, url, options);
    return { url, answer: rest ?? (await admitWhole(await openAt(client, task, url, options), task, options)) };
  };
  const { video, snapshot } = await findVideo(client, known.snapshot, askAt, {
    now: () => scheduler.now(),
    signal,
  });
  known.snapshot = snapshot;
  await fill(part, video.answer, onBytes, options);
  if (part.mark.total === undefined) {
    await makeSureOfEnd(part, () => askForRest(part, snapshot.task, video.url, options));
  }
}

/** The rest, where there is something to add it to. */
async function askForRest(
  part: PartFile,
  task: TaskRef,
  url: string | undefined,
  options: ReceiveOptions,
): Promise<Rest | undefined> {
  const { validator } = part.mark;
  if (part.size === 0 || !validator) return undefined;
  const asked: OpenAtOptions = { ...options, range: `bytes=${part.size}-`, ifRange: validator.value };
  return admitRest(await openAt(options.client, task, url, asked), part, options);
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
  const makeSureOfSize = (bytes: number) => {
    if (bytes > maxBytes) {
      throw downloadFailed(`the video has more than the ${maxBytes} bytes that the option maxBytes allows`);
    }
  };
  try {
    makeSureOfSize(('mark' in answer ? answer.mark.total : answer.total) ?? 0);
    if ('mark' in answer) await part.begin(answer.mark);
    else await part.learn(answer.total);
    await part.makeSureOfRoom();
    for (let piece = await next(); piece?.done === false; piece = await next()) {
      signal.throwIfAborted();
      makeSureOfSize(part.size + piece.value.length);
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
