import { catchError, defer, from, map, type Observable, of, reduce, switchMap, throwError } from 'rxjs';
import { scrubbed } from '../../http/exchange.js';
import { fetchTransport } from '../../http/fetch-transport.js';
import { wasFollowed } from '../../http/redirects.js';
import type { OpenedResponse, SentRequest } from '../../http/transport.js';
import { transportError } from '../../http/transport-error.js';
import { tooLarge } from '../../http/web-body.js';
import type { HttpResponse } from '../../providers/provider.js';
import { timeLimit } from '../../watch/read.js';
import { chunks } from './chunks.js';
import { currentHeaders, headerScrubber, type RemoteHeaders, scrubJson } from './headers.js';
import { type Refusal, refusal } from './refusal.js';
import type { RemoteSettings } from './remote-options.js';

/** What is asked of a gateway. */
export interface GatewayRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** From the gateway's own address on. */
  readonly path: string;
  readonly headers?: RemoteHeaders;
  readonly body?: string;
}

/** How {@link GatewayCalls.open} asks. */
interface OpenOptions {
  readonly limitMs?: number;
  /** @defaultValue 401 and 403 */
  readonly refreshAfter?: readonly number[];
}

/** An answer, and how to take our credentials out of its body. */
export interface GatewayAnswer extends OpenedResponse {
  readonly scrub: (text: string) => string;
}

/** The most bytes of an answer that is read whole. */
export const maxAnswerBytes = 1_048_576;

/** The way to one gateway. */
export class GatewayCalls {
  /** Whether it has ever answered as a gateway should; until then, a page means a wrong address. */
  hasAnsweredWell = false;
  readonly #send: (request: SentRequest) => Observable<OpenedResponse>;

  constructor(readonly settings: RemoteSettings) {
    const { credentials, random, fetch } = settings;
    const transport = fetchTransport({ random, credentials, ...(fetch && { fetch }) });
    this.#send = (request) => transport.open(request);
  }

  /**
   * Asks, and answers as soon as the headers are there, whatever the status; after one of `refreshAfter`, which may be of a
   * credential that has expired, once more with new headers. Unsubscribing before the headers are there aborts.
   *
   * @throws `UNAVAILABLE`, retryable, when there is no answer in time, and what {@link currentHeaders} throws.
   */
  open(
    request: GatewayRequest,
    { limitMs = this.settings.requestTimeoutMs, refreshAfter = [401, 403] }: OpenOptions = {},
  ): Observable<GatewayAnswer> {
    const once = this.#once(request, limitMs);
    if (!this.settings.canRefresh) return once;
    return once.pipe(
      switchMap((answer) => {
        if (!refreshAfter.includes(answer.status)) return of(answer);
        discard(answer);
        return once;
      }),
    );
  }

  #once(request: GatewayRequest, limitMs: number): Observable<GatewayAnswer> {
    const { headers, waits } = this.settings;
    return defer(() => from(currentHeaders(headers))).pipe(
      switchMap((own) => {
        const scrub = headerScrubber(own);
        const sent = {
          ...request,
          url: this.settings.url + request.path,
          template: request.path,
          headers: { ...own, ...request.headers },
          maxBodyBytes: maxAnswerBytes,
        };
        return this.#send(sent).pipe(
          map((answer) => ({
            ...scrubbed(answer, scrub, { body: answer.body }),
            redirected: wasFollowed(sent, answer),
            scrub,
          })),
          catchError((error) => throwError(() => transportError(error, scrub))),
        );
      }),
      timeLimit(limitMs, waits),
    );
  }

  /** {@link open}, with the answer read whole. */
  ask(request: GatewayRequest, limitMs = this.settings.requestTimeoutMs): Observable<HttpResponse> {
    return this.open(request, { limitMs }).pipe(switchMap(whole), timeLimit(limitMs, this.settings.waits));
  }

  /** Errors with why an answer is not what was asked for, once it is read. */
  refused(answer: GatewayAnswer): Observable<never> {
    const { requestTimeoutMs, waits } = this.settings;
    return whole(answer).pipe(
      timeLimit(requestTimeoutMs, waits),
      map((response) => {
        throw this.refusal(response).error;
      }),
    );
  }

  /** Why an answer is not what was asked for. */
  refusal(response: HttpResponse): Refusal {
    return refusal(response, this.settings.waits.now(), this.hasAnsweredWell);
  }
}

/** Reads the rest of an answer. @throws `BAD_RESPONSE` when it is too large, `UNAVAILABLE` when it breaks off; retryable. */
export function whole({ body, scrub, ...head }: GatewayAnswer): Observable<HttpResponse> {
  return defer(() => {
    const decoder = new TextDecoder();
    let bytes = 0;
    return chunks(body).pipe(
      map((chunk) => {
        bytes += chunk.byteLength;
        if (bytes > maxAnswerBytes) throw tooLarge(maxAnswerBytes);
        return decoder.decode(chunk, { stream: true });
      }),
      reduce((text, part) => text + part, ''),
      map((text) => ({ ...head, text: scrubJson(text + decoder.decode(), scrub) })),
      catchError((error) => throwError(() => transportError(error, scrub))),
    );
  });
}

/** Lets go of an answer that nobody reads. */
export function discard({ body }: OpenedResponse): void {
  body.cancel().catch(() => undefined);
}
