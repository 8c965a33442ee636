import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { checkMs } from '../cadence/delay.js';
import type { Client } from '../client.js';
import { checkNames, invalidArgument } from '../errors.js';
import type { OpenedResponse } from '../http/transport.js';
import type { TaskRef } from '../task/ref.js';
import { checkScheduler } from '../watch/poll-source.js';
import type { Abortable } from '../watch/result.js';
import type { TaskLike } from '../watch/task-like.js';
import { checkClient } from './check-client.js';
import { announcedBytes, type ContentRange, isEncoded, readContentRange } from './content-range.js';
import { downloadFailed } from './download-failed.js';
import { findVideo } from './find-video.js';
import { guardedBody } from './guarded-body.js';
import { discard, type OpenAtOptions, openAt } from './open-at.js';

/** How a video is opened. */
export interface OpenVideoOptions extends Abortable {
  /** A `Range` header with one range, such as `bytes=0-1023`; a server may ignore it. @defaultValue the whole video */
  readonly range?: string | undefined;
  /** How long the wait for the next byte may take; `Infinity` for as long as it likes. @defaultValue 30000 */
  readonly stallTimeoutMs?: number;
  /** Where time comes from. @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
}

/** The default of {@link OpenVideoOptions} that is a plain value. */
export const openVideoDefaults = Object.freeze({ stallTimeoutMs: 30_000 } satisfies OpenVideoOptions);

/** A video on its way. */
export interface OpenedVideo {
  /**
   * Read it or cancel it: it holds a connection. It errors with `DOWNLOAD_FAILED` when it stalls, breaks or has not the
   * length that was announced, and with the signal's reason when aborted.
   */
  readonly body: ReadableStream<Uint8Array>;
  /** As the server says; empty when it does not. */
  readonly contentType: string;
  /** Of the whole video; absent when nobody knows. */
  readonly totalBytes?: number;
  /** The server's validator of the video, as it says it, such as `"v1"`; absent when it says none that is well-formed. */
  readonly etag?: string;
  /** Which bytes of the video `body` has, counted from 0 and both included; absent when it has all of them. */
  readonly range?: { readonly first: number; readonly last: number };
}

/**
 * Opens a finished task's video, wherever it can be had: at its known address, at a fresh one where that has expired or
 * fails, at the provider's content route. Nothing is ever created for it.
 *
 * @throws `INVALID_ARGUMENT` at the call. Rejects with `TASK_FAILED` for a task that ended without a video,
 * `DOWNLOAD_FAILED` when there is no video (`retryable` when there may be one later, as for a task that still runs), and
 * the signal's reason.
 * @example
 * ```ts
 * const { body, contentType, totalBytes } = await openVideo(client, snapshot);
 * console.log(contentType, totalBytes); // video/mp4 2060
 * await body.pipeTo(destination);
 * ```
 */
export function openVideo(client: Client, task: TaskLike, options: OpenVideoOptions = {}): Promise<OpenedVideo> {
  checkClient(client);
  checkNames('options', options, ['range', 'signal', 'stallTimeoutMs', 'scheduler']);
  const { range, signal, stallTimeoutMs = openVideoDefaults.stallTimeoutMs, scheduler = asyncScheduler } = options;
  if (range !== undefined && !/^bytes=(?:\d+-\d*|-\d+)$/.test(range)) {
    throw invalidArgument('options.range', 'one range of bytes, such as "bytes=0-1023"', range);
  }
  checkMs('options.stallTimeoutMs', stallTimeoutMs, { orInfinity: true });
  checkScheduler(scheduler);
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw invalidArgument('options.signal', 'an AbortSignal', signal);
  }
  // A watch is cold: this only names the task.
  client.watch(task);
  return open(client, task, { range, signal, stallTimeoutMs, scheduler });
}

async function open(client: Client, task: TaskLike, options: OpenAtOptions): Promise<OpenedVideo> {
  const { range, signal, scheduler } = options;
  const askAt = async (ref: TaskRef, url: string | undefined) => {
    const response = await openAt(client, ref, url, options);
    try {
      return { response, part: partOf(response, range) };
    } catch (error) {
      discard(response);
      throw error;
    }
  };
  const { video } = await findVideo(client, task, askAt, { now: () => scheduler.now(), signal });
  const { response, part } = video;
  const { first, last, total } = part ?? {};
  const isPart = first !== undefined && last !== undefined;
  const announced = isPart ? last - first + 1 : announcedBytes(response.header);
  const totalBytes = part ? total : announced;
  const etag = etagOf(response);
  return {
    body: guardedBody(response.body, { ...options, announced }),
    contentType: response.header('content-type') ?? '',
    ...(totalBytes !== undefined && { totalBytes }),
    ...(etag !== undefined && { etag }),
    ...(isPart && { range: { first, last } }),
  };
}

function etagOf({ header }: OpenedResponse): string | undefined {
  const etag = header('etag')?.trim() ?? '';
  return /^(?:W\/)?"[\x21\x23-\x7e]{0,200}"$/.test(etag) ? etag : undefined;
}

/** Which part of the video an answer has; `undefined` when it has all of it. */
function partOf({ status, header }: OpenedResponse, asked: string | undefined): ContentRange | undefined {
  if (status === 200) return undefined;
  const part = readContentRange(header('content-range'));
  if (status === 416) throw downloadFailed(`the video has no such range; it has ${part?.total ?? 'fewer'} bytes`);
  if (part && !isEncoded(header) && isAsked(part, asked)) return part;
  throw downloadFailed('the answer is not the range of the video that was asked for');
}

/** Whether a part begins where it was asked to, and has nothing that was not asked for. */
function isAsked({ first, last, total }: ContentRange, asked: string | undefined): boolean {
  if (first === undefined || last === undefined) return false;
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(asked ?? 'bytes=0-') ?? [];
  if (from !== '')
    return first === Number(from) && (!to || last <= Number(to)) && (asked !== undefined || last + 1 === total);
  return last - first < Number(to) && last + 1 === (total ?? last + 1);
}
