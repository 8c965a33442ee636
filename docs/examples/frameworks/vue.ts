import type { Client, TaskLike } from 'rushes';
import type { Observable, Subscription } from 'rxjs';
import { onMounted, onScopeDispose, type ShallowRef, shallowRef } from 'vue';
import { type Seen, seen } from './seen.js';

/** A composable, to be called in `setup`. A server never mounts, so it asks nothing. */
export function useTask(client: Client, task: TaskLike, again?: Observable<unknown>): Readonly<ShallowRef<Seen>> {
  const shown = shallowRef<Seen>({});
  let subscription: Subscription | undefined;
  onMounted(() => {
    subscription = seen(client.watch(task), again).subscribe((next) => {
      shown.value = next;
    });
  });
  onScopeDispose(() => subscription?.unsubscribe());
  return shown;
}
