import type { Observable } from 'rxjs';
import { type PageLife, pageLife } from '../wake/page-life.js';

/** What a tab hears the others by. */
export interface TabChannel {
  say(text: string): void;
  close(): void;
}

/** How tabs take turns: the part of `navigator.locks` that is used. */
export interface TabLocks {
  request(
    name: string,
    options: { readonly signal?: AbortSignal; readonly steal?: boolean },
    held: () => Promise<void> | undefined,
  ): Promise<unknown>;
}

/** What a browser gives its tabs to work together. */
export interface TabPlatform {
  readonly locks: TabLocks;
  readonly openChannel: (name: string, hear: (data: unknown) => void) => TabChannel;
  readonly life: Observable<PageLife>;
}

/** That of this tab; `undefined` where there are no Web Locks (as on plain http) or no `BroadcastChannel`. */
export function platformOfTab(): TabPlatform | undefined {
  const { navigator, BroadcastChannel: Channel } = globalThis as Partial<typeof globalThis>;
  const locks = navigator?.locks as LockManager | undefined;
  if (typeof locks?.request !== 'function' || typeof Channel !== 'function') return undefined;
  return {
    locks: { request: (name, options, held) => locks.request(name, options, held) },
    openChannel: (name, hear) => {
      const channel = new Channel(name);
      channel.onmessage = ({ data }) => hear(data);
      return {
        say: (text) => channel.postMessage(text),
        close: () => {
          channel.onmessage = null;
          channel.close();
        },
      };
    },
    life: pageLife(),
  };
}
