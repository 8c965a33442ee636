import type { Client, TaskLike } from 'rushes';
import { asapScheduler, type Observable, subscribeOn } from 'rxjs';
import { type Readable, readable } from 'svelte/store';
import { type Seen, seen } from './seen.js';

/** A store: `$task.snapshot?.progress` in a component. */
export function taskStore(client: Client, task: TaskLike, again?: Observable<unknown>): Readable<Seen> {
  // A server subscribes for the length of one render only, and is gone before anything is asked.
  const seen$ = seen(client.watch(task), again).pipe(subscribeOn(asapScheduler));
  return readable<Seen>({}, (set) => {
    const subscription = seen$.subscribe(set);
    return () => subscription.unsubscribe();
  });
}
