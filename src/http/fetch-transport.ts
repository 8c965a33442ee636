import { Observable } from 'rxjs';
import { encodeMultipart } from './multipart.js';
import type { OpenedResponse, SentRequest, Transport } from './transport.js';
import { readText, webBody } from './web-body.js';

/** What {@link fetchTransport} stands on. */
export interface FetchTransportOptions {
  /**
   * Another `fetch`. It has to heed `init.signal` and `init.redirect`.
   *
   * @defaultValue `globalThis.fetch` at the time of the request, or that of `cross-fetch` where there is none
   */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Whether a browser sends its cookies. @defaultValue `"omit"` */
  readonly credentials?: RequestCredentials;
  /** Where multipart boundaries come from: numbers in [0, 1). @defaultValue `Math.random` */
  readonly random?: () => number;
}

/**
 * A {@link Transport} over `fetch`. Errors are those of `fetch`, and `BAD_RESPONSE` for a body over the cap. A redirect
 * that the platform hides is told as a 302 without `Location`. A platform that cannot stream bodies (React Native) reads
 * them whole, without the cap.
 *
 * @example
 * ```ts
 * const client = createClient(provider, { transport: fetchTransport({ fetch: myFetch }) });
 * ```
 */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  const { random = Math.random, credentials = 'omit' } = options;
  // Some runtimes without a browser's cookies and caches throw at settings that they have no use for.
  const known = typeof Request === 'function' ? Request.prototype : {};
  const cache = 'cache' in known ? 'no-store' : undefined;
  const inBrowser = 'credentials' in known;

  const exchanged = <T>(
    { method, url, headers, body }: SentRequest,
    receive: (response: Response, abort: () => void) => Promise<T>,
  ): Observable<T> =>
    new Observable((subscriber) => {
      let controller: AbortController | undefined;
      const abort = () => made().abort();
      const made = () => {
        controller ??= new AbortController();
        return controller;
      };
      let received = false;
      const run = async (): Promise<void> => {
        const form = typeof body === 'object' ? await encodeMultipart(body, random) : undefined;
        const fetch = options.fetch ?? globalThis.fetch ?? (await import('cross-fetch')).default;
        if (subscriber.closed) return;
        const response = await fetch(url, {
          method,
          headers: form ? { ...headers, 'content-type': form.contentType } : headers,
          body: form?.bytes ?? body ?? null,
          redirect: 'manual',
          cache,
          credentials: inBrowser ? credentials : undefined,
          referrerPolicy: inBrowser ? 'no-referrer' : undefined,
          // An AbortController costs more than all the rest here, and not every `fetch` looks for one.
          get signal() {
            return made().signal;
          },
        } as RequestInit);
        const value = await receive(response, abort);
        received = true;
        subscriber.next(value);
        subscriber.complete();
      };
      run().catch((error: unknown) => subscriber.error(error));
      return () => {
        if (!received) abort();
      };
    });

  return Object.assign(
    (request: SentRequest) =>
      exchanged(request, async (response, abort) => {
        const body = webBody(response, abort);
        return answer(response, { text: body ? await readText(body, request.maxBodyBytes) : await response.text() });
      }),
    {
      open: (request: SentRequest) =>
        exchanged(request, async (response, abort) =>
          answer(response, { body: webBody(response, abort) ?? new Blob([await response.arrayBuffer()]).stream() }),
        ),
    },
  );
}

function answer<Body>(response: Response, body: Body): Omit<OpenedResponse, 'body'> & Body {
  return {
    // Browsers answer 0 to hide a redirect.
    status: response.status || 302,
    url: response.url,
    redirected: response.redirected === true,
    header: (name) => response.headers.get(name),
    ...body,
  };
}
