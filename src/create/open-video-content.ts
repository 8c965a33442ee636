import { type Observable, of, switchMap } from 'rxjs';
import { openAddress } from '../http/open-address.js';
import { openContent } from '../http/open-content.js';
import { isRedirect } from '../http/redirects.js';
import type { OpenedResponse } from '../http/transport.js';
import type { AddressRules } from '../http/video-address.js';
import type { TaskRef } from '../task/ref.js';
import type { Account } from '../watch/account.js';
import type { ContentOptions } from '../watch/backend.js';
import type { PollSettings } from '../watch/poll-source.js';
import { timeLimit } from '../watch/read.js';
import { once } from '../watch/result.js';

/** How a video's bytes are asked for. */
export interface ContentSettings extends Pick<PollSettings, 'transport' | 'waits' | 'requestTimeoutMs'> {
  readonly account: Account;
  readonly addresses: AddressRules;
}

/**
 * Opens a video: at `url` without the key, or at the provider's own route with it. Where that route leads elsewhere, it is
 * without the key again. Only the provider's own route counts as a request to the provider.
 */
export function openVideoContent(
  task: TaskRef,
  { url, range, ifRange, signal }: ContentOptions,
  { account, addresses, transport, waits, requestTimeoutMs }: ContentSettings,
): Promise<OpenedResponse> {
  const { provider, lane } = account;
  // A range of what a proxy has packed anew is a range of nothing.
  const headers = {
    'accept-encoding': 'identity',
    ...(range !== undefined && { range }),
    ...(ifRange !== undefined && { 'if-range': ifRange }),
  };
  const inTime = timeLimit<OpenedResponse>(requestTimeoutMs, waits);
  const elsewhere = (to: string, redirector?: string): Observable<OpenedResponse> =>
    openAddress(transport, provider.baseUrl, addresses)(to, headers, redirector).pipe(inTime);
  const own = () =>
    openContent(provider, transport)(task, headers).pipe(
      inTime,
      lane.admit(waits.now()),
      switchMap((response) => {
        if (!isRedirect(response)) return of(response);
        response.body.cancel().catch(() => undefined);
        const asked = response.url || provider.ask({ kind: 'content', task }).url;
        return elsewhere(response.header('location') ?? '', asked);
      }),
    );
  return once(task, url === undefined ? own() : elsewhere(url), signal);
}
