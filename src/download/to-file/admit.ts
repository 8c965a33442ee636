import type { OpenedResponse } from '../../http/transport.js';
import type { TaskRef } from '../../task/ref.js';
import { containerOf, isForeign, isText, startBytes } from '../container.js';
import { announcedBytes, isEncoded, readContentRange } from '../content-range.js';
import { downloadFailed } from '../download-failed.js';
import { type GuardOptions, guardedBody } from '../guarded-body.js';
import { discard } from '../open-at.js';
import { digestsOf } from './digests.js';
import type { PartMark } from './part-mark.js';
import { isSameVideo, validatorOf } from './validator.js';

/** The header of a first box and its brand: what is shorter can be no video, and says nothing of itself. */
const MIN_VIDEO_BYTES = 12;

/** The rest of a video of which there is a part. */
export interface Rest {
  /** Read it or cancel it; absent when there is nothing missing. */
  readonly body?: ReadableStreamDefaultReader<Uint8Array>;
  /** How many bytes the whole has. */
  readonly total: number;
}

/** A whole video, and what is known of it. */
export interface Whole {
  /** Read it or cancel it. */
  readonly body: ReadableStreamDefaultReader<Uint8Array>;
  readonly mark: PartMark;
}

/** What the bodies of answers are held to. */
type AdmitOptions = Omit<GuardOptions, 'announced'>;

/**
 * What an answer to a request for all after the first `size` bytes has, if it proves to be the rest of the same video;
 * `undefined`, with the answer untouched, if not.
 */
export function admitRest(
  response: OpenedResponse,
  { mark, size }: { readonly mark: PartMark; readonly size: number },
  options: AdmitOptions,
): Rest | undefined {
  const { status, header } = response;
  const { first, last, total } = readContentRange(header('content-range')) ?? {};
  const isExpected = total !== undefined && total === (mark.total ?? total) && mark.validator !== undefined;
  if (isExpected && status === 416 && total === size) {
    discard(response);
    return { total };
  }
  const isRest = isExpected && status === 206 && first === size && last === total - 1 && !isEncoded(header);
  if (isRest && isSameVideo(header, mark.validator)) {
    return { total, body: guardedBody(response.body, { ...options, announced: total - size }).getReader() };
  }
  return undefined;
}

/** The whole video that an answer has. @throws `DOWNLOAD_FAILED`, retryable, when its first bytes are not those of a video. */
export async function admitWhole(response: OpenedResponse, task: TaskRef, options: AdmitOptions): Promise<Whole> {
  const { status, header } = response;
  const part = status === 206 ? readContentRange(header('content-range')) : undefined;
  if (status === 206 && !(part?.first === 0 && part.total !== undefined && part.last === part.total - 1)) {
    discard(response);
    throw downloadFailed('the answer is a part of the video that was not asked for', { retryable: true });
  }
  const total = part?.total ?? announcedBytes(header);
  const reader = guardedBody(response.body, { ...options, announced: total }).getReader();
  const start: Uint8Array[] = [];
  let read = 0;
  while (read < startBytes) {
    const { done, value } = await reader.read();
    if (done) break;
    start.push(value);
    read += value.length;
  }
  const problem = problemOf(Buffer.concat(start), header);
  if (problem !== undefined) {
    await reader.cancel();
    throw downloadFailed(problem, { retryable: true });
  }
  const validator = validatorOf(header, total);
  return {
    mark: {
      task,
      ...(validator && { validator }),
      ...(total !== undefined && { total }),
      digests: digestsOf(status, header),
    },
    body: bodyOf(start, reader),
  };
}

function problemOf(start: Uint8Array, header: OpenedResponse['header']): string | undefined {
  if (start.length < MIN_VIDEO_BYTES) return 'the answer is too short for a video';
  if (isText(start)) return 'the answer is text instead of a video';
  if (isForeign(start)) return 'the answer is a file of another kind instead of a video';
  if (containerOf(start) !== undefined) return undefined;
  // Some platforms unpack what they did not ask to be packed, and some do not.
  if (isEncoded(header)) return 'the video came in an encoding that was not asked for';
  const [type] = /^(?:image|audio|text)\/[\w.+-]+/i.exec(header('content-type')?.trim() ?? '') ?? [];
  return type && `the answer is of the type ${type} instead of a video`;
}

/** What was read of a body, and the rest of it. */
function bodyOf(
  start: Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStreamDefaultReader<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = start.shift() ?? (await reader.read()).value;
        if (next) controller.enqueue(next);
        else controller.close();
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  ).getReader();
}
