import type { Observable } from 'rxjs';
import type { HttpRequest, HttpResponse } from '../providers/provider.js';

/** A request as it is sent: with its key, and how much of an answer may be read. */
export interface SentRequest extends HttpRequest {
  /** The most bytes, after decompression, that an answer read whole may have. */
  readonly maxBodyBytes: number;
  /**
   * Says which IP addresses may be connected to, whatever the name resolves to; the request fails where one may not. A
   * transport that does not see the addresses (`fetch`, or any through a proxy) cannot ask.
   */
  readonly mayConnect?: (address: string) => boolean;
}

/** An answer whose body is still on its way. */
export interface OpenedResponse {
  readonly status: number;
  /** The address that answered; empty when the platform does not say. */
  readonly url: string;
  /** The platform followed a redirect by itself, though it was told not to. */
  readonly redirected?: boolean;
  /** The value of a header, by its lower-case name. */
  header(name: string): string | null;
  /** Read it or cancel it: it holds a connection. */
  readonly body: ReadableStream<Uint8Array>;
}

/**
 * The way to the network: one request at each subscription, aborted by unsubscribing. It never follows a redirect.
 *
 * Give another one to `createClient` to use another HTTP client, or a script in virtual time.
 */
export interface Transport {
  /** Answers whole: one value, then completes. */
  (request: SentRequest): Observable<HttpResponse>;
  /** Answers as soon as the headers are there. */
  open(request: SentRequest): Observable<OpenedResponse>;
}
