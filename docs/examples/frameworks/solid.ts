import type { Client, TaskLike } from 'rushes';
import type { Observable } from 'rxjs';
import { type Accessor, createEffect, createSignal, onCleanup } from 'solid-js';
import { type Seen, seen } from './seen.js';

/** `task` may be a signal: another task is another watch. A server runs no effects, so it asks nothing. */
export function createTask(client: Client, task: () => TaskLike, again?: Observable<unknown>): Accessor<Seen> {
  const [shown, show] = createSignal<Seen>({});
  createEffect(() => {
    show({});
    const subscription = seen(client.watch(task()), again).subscribe((next) => show(next));
    onCleanup(() => subscription.unsubscribe());
  });
  return shown;
}
