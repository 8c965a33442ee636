import { merge } from 'rxjs';
import { startBytes } from '../../download/container.js';
import { type OpenedVideo, openVideo } from '../../download/open-video.js';
import { type AnyRushesError, aboutTask, isRushesError, RushesError } from '../../errors.js';
import { taskFailed } from '../../operators/throw-if-failed.js';
import type { TaskRef } from '../../task/ref.js';
import { type CompletedSnapshot, isCompleted, isFailure, type Snapshot } from '../../task/snapshot.js';
import { encodeToken } from '../../task/token.js';
import { admit, denied } from './admit.js';
import { answer, failure, lost } from './answer.js';
import { contentBody } from './content-body.js';
import { contentKind } from './content-kind.js';
import type { GatewayContext } from './gateway-context.js';
import { known } from './latest.js';

/**
 * A finished task's video, from wherever it can be had, as bytes that are nothing but a video to a browser: none of the
 * headers of their server pass but those that say which bytes they are.
 */
export async function content(request: Request, task: TaskRef, context: GatewayContext): Promise<Response> {
  const admitted = await admit(request, [task], context);
  if (admitted instanceof Response) return admitted;
  const gone = new AbortController();
  const leave = () => {
    request.signal.removeEventListener('abort', abort);
    admitted();
  };
  const abort = () => gone.abort(request.signal.reason);
  request.signal.addEventListener('abort', abort, { once: true });
  if (request.signal.aborted) abort();
  try {
    const snapshot = await known(request, task, context);
    const opened = isVideo(snapshot) ? await open(request, snapshot, context, gone.signal) : noVideo(snapshot, task);
    if (opened instanceof Response) {
      leave();
      return opened;
    }
    return await show(request, task, opened, context, leave);
  } catch (error) {
    leave();
    if (isRushesError(error)) return lost(error);
    if (request.signal.aborted) return lost(aboutTask(error, task));
    throw error;
  }
}

function isVideo(snapshot: Snapshot | AnyRushesError): snapshot is CompletedSnapshot {
  return !isRushesError(snapshot) && isCompleted(snapshot);
}

function noVideo(snapshot: Snapshot | AnyRushesError, task: TaskRef): Response {
  if (isRushesError(snapshot)) return lost(snapshot);
  if (isFailure(snapshot)) return lost(taskFailed(snapshot));
  const message = `the task is still ${snapshot.status}`;
  return failure(409, new RushesError('DOWNLOAD_FAILED', message, { task, lastSnapshot: snapshot, retryable: true }));
}

/** The range that was asked for, if it is one that can be passed on; any other is as good as none. */
function rangeOf({ headers }: Request): string | undefined {
  const range = headers.get('range')?.trim() ?? '';
  const [isRange, from, to] = /^bytes=(?:(\d{1,15})-(\d{0,15})|-\d{1,15})$/.exec(range) ?? [];
  return isRange === undefined || (from && to && Number(from) > Number(to)) ? undefined : range;
}

async function open(
  request: Request,
  snapshot: CompletedSnapshot,
  { options, scheduler }: GatewayContext,
  signal: AbortSignal,
): Promise<OpenedVideo | Response> {
  const { client, stallTimeoutMs } = options;
  const whole = () => openVideo(client, snapshot, { signal, stallTimeoutMs, scheduler });
  const range = rangeOf(request);
  if (range === undefined) return whole();
  let part: OpenedVideo;
  try {
    part = await openVideo(client, snapshot, { range, signal, stallTimeoutMs, scheduler });
  } catch (error) {
    if (signal.aborted) throw error;
    const video = await whole();
    await video.body.cancel();
    if (isWithin(range, video.totalBytes)) throw error;
    return noSuchRange(video.totalBytes);
  }
  const ifRange = request.headers.get('if-range');
  if (ifRange === null || (ifRange === part.etag && ifRange.startsWith('"'))) {
    if (isWithin(range, part.totalBytes)) return part;
    await part.body.cancel();
    return noSuchRange(part.totalBytes);
  }
  await part.body.cancel();
  return whole();
}

/** Whether a video of that many bytes may have any of the range. */
function isWithin(range: string, totalBytes = Number.POSITIVE_INFINITY): boolean {
  const [, from = '', to] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  return from === '' ? Number(to) > 0 && totalBytes > 0 : Number(from) < totalBytes;
}

function noSuchRange(totalBytes: number | undefined): Response {
  return answer(416, null, totalBytes === undefined ? {} : { 'content-range': `bytes */${totalBytes}` });
}

async function show(
  request: Request,
  task: TaskRef,
  video: OpenedVideo,
  context: GatewayContext,
  onOver: () => void,
): Promise<Response> {
  const { options, scheduler, closed, crossSite } = context;
  const { stallTimeoutMs, maxStreamMs } = options;
  const { range, totalBytes, etag } = video;
  const source = video.body.getReader();
  const start = await startOf(source);
  const kind = contentKind({
    bytes: start,
    first: range?.first ?? 0,
    isPart: range !== undefined,
    saidType: video.contentType,
  });
  const length = range ? range.last - range.first + 1 : totalBytes;
  const body = contentBody(start, source, {
    ...{ stallTimeoutMs, maxStreamMs, scheduler, onOver },
    closing: merge(denied(request, [task], context), closed),
  });
  return answer(range ? 206 : 200, body, {
    'content-type': kind ?? 'application/octet-stream',
    'content-security-policy': "sandbox; default-src 'none'",
    // A page of another origin has to ask with CORS, which names it.
    'cross-origin-resource-policy': crossSite.originOf(request) === undefined ? 'same-origin' : 'cross-origin',
    ...(kind === undefined && { 'content-disposition': `attachment; filename="${fileName(task)}"` }),
    ...(length !== undefined && { 'content-length': String(length) }),
    ...(range && {
      'accept-ranges': 'bytes',
      'content-range': `bytes ${range.first}-${range.last}/${totalBytes ?? '*'}`,
    }),
    ...(etag !== undefined && { etag }),
  });
}

/** As many bytes as a kind of video can be known by, or all there are. */
async function startOf(source: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array> {
  let start = new Uint8Array();
  while (start.length < startBytes) {
    const { done, value } = await source.read();
    if (done) break;
    if (start.length === 0) {
      start = new Uint8Array(value);
      continue;
    }
    const longer = new Uint8Array(start.length + value.length);
    longer.set(start);
    longer.set(value, start.length);
    start = longer;
  }
  return start;
}

function fileName({ provider, id }: TaskRef): string {
  return `${provider}-${encodeToken(id)}`.slice(0, 150).concat('.mp4');
}
