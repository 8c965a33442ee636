import { inject, PLATFORM_ID, type Signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import type { Client, TaskLike } from 'rushes';
import { EMPTY, type Observable } from 'rxjs';
import { type Seen, seen } from './seen.js';

/** To be called where `inject()` may be: in a field or a constructor. On a server nothing is asked. */
export function taskSignal(client: Client, task: TaskLike, again?: Observable<unknown>): Signal<Seen> {
  const isServer = inject(PLATFORM_ID).toString() === 'server';
  return toSignal(isServer ? EMPTY : seen(client.watch(task), again), { initialValue: {} });
}
