import type { Observable } from 'rxjs';
import type { Provider } from '../providers/provider.js';
import type { TaskRef } from '../task/ref.js';
import { exchangeDefaults, scrubbed } from './exchange.js';
import { refuseFollowed } from './redirects.js';
import { signed } from './signed.js';
import type { OpenedResponse, Transport } from './transport.js';

/**
 * Asks `provider` for the bytes of a task's video: one request, answered as soon as the headers are there. A redirect
 * is answered as it is, for the caller to follow without the key.
 *
 * @param headers - More headers of the request, such as `range`, `if-range` and `accept-encoding`.
 * @throws As `exchange` does, in the stream.
 * @example
 * ```ts
 * openContent(provider, fetchTransport())(task, { range: 'bytes=0-1023' }).subscribe(({ body }) => body.cancel());
 * ```
 */
export function openContent(
  provider: Provider,
  transport: Transport,
): (task: TaskRef, headers?: Readonly<Record<string, string>>) => Observable<OpenedResponse> {
  return (task, headers) =>
    signed(provider, exchangeDefaults.maxBodyBytes, {
      send: (request) => transport.open({ ...request, headers: { ...headers, ...request.headers } }),
      redirect: (request, response) => {
        try {
          refuseFollowed(request, response);
        } catch (error) {
          response.body.cancel().catch(() => undefined);
          throw error;
        }
        return undefined;
      },
      show: (response, scrubKey) => scrubbed(response, scrubKey, { body: response.body }),
    })({ kind: 'content', task });
}
