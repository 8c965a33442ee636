import { exhaustMap, map, NEVER, Observable, takeWhile, timer } from 'rxjs';
import { cometapi, type HttpResponse, type SentRequest, type Transport } from '../../src/index.js';

/** What a plain user keeps of an answer: the parsed body. */
export interface PlainVideo {
  readonly id: string;
  readonly status: string;
  readonly progress: number;
}

export const baseUrl = 'https://api.cometapi.com';
export const taskId = (nth: number): string => `task_${String(nth).padStart(27, '0')}`;
export const idIn = (url: string): string => url.slice(url.lastIndexOf('/') + 1);
export const provider = (base = baseUrl) => cometapi({ apiKey: 'sk-0123456789abcdef0123456789abcdef', baseUrl: base });

/** The answer of CometAPI for a Sora task that runs, about 350 bytes. */
export function bodyOf(id: string, progress = 40): string {
  return JSON.stringify({
    id,
    size: '1280x720',
    error: null,
    model: 'sora-2',
    object: 'video',
    prompt: 'A paper airplane glides across a desk and out of the window.',
    status: 'in_progress',
    seconds: '4',
    progress,
    created_at: 1_773_296_991,
    expires_at: null,
    completed_at: null,
    remixed_from_video_id: null,
  });
}

/** The same text in memory of its own, as each answer of a network is. */
export function arrived(body: Buffer): string {
  return body.toString('latin1');
}

/** Polling as everybody who knows RxJS writes it, without anything else: what the library is measured against. */
export function pipeline(intervalMs: number, request: () => Observable<string>): Observable<PlainVideo> {
  return timer(0, intervalMs).pipe(
    exhaustMap(() => request().pipe(map((text) => JSON.parse(text) as PlainVideo))),
    takeWhile((video) => video.status === 'queued' || video.status === 'in_progress', true),
  );
}

/** A transport that answers at once what `textOf` gives for a task. */
export function scripted(textOf: (id: string) => string): Transport {
  const header = () => null;
  return Object.assign(
    ({ url }: SentRequest) =>
      new Observable<HttpResponse>((subscriber) => {
        subscriber.next({ status: 200, url: '', header, text: textOf(idIn(url)) });
        subscriber.complete();
      }),
    { open: () => NEVER },
  );
}

/** The request that the pipeline sends over a transport. */
export function plainRequest(id: string, base = baseUrl): SentRequest {
  const headers = { authorization: 'Bearer sk-0123456789abcdef0123456789abcdef', accept: 'application/json' };
  return { method: 'GET', url: `${base}/v1/videos/${id}`, template: '', headers, maxBodyBytes: 1_048_576 };
}
