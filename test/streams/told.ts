import { Observable, Subject } from 'rxjs';
import type { TaskEvent } from '../../src/index.js';
import { RushesError } from '../../src/index.js';
import type { Snapshot } from '../../src/task/snapshot.js';
import type { Status } from '../../src/task/status.js';
import { snapshotOf } from '../task/snapshots.js';

export const ref = (id: string) => ({ provider: 'bus', id });

/** What a task's provider said; `progress` tells one from the other. */
export const said = (id: string, status: Status, progress = 0): Snapshot =>
  snapshotOf(status, { task: ref(id), progress });

export const event = (snapshot: Snapshot): TaskEvent => ({ kind: 'snapshot', task: snapshot.task, snapshot });

export const lost = (id: string): TaskEvent => ({
  kind: 'lost',
  task: ref(id),
  error: new RushesError('DEADLINE', 'too late', { task: ref(id) }),
});

/** A source that a test speaks through, and how often it was subscribed to and left. */
export function studio<T>() {
  const subject = new Subject<T>();
  const counts = { subscribed: 0, left: 0 };
  const source = new Observable<T>((subscriber) => {
    counts.subscribed++;
    const inner = subject.subscribe(subscriber);
    return () => {
      counts.left++;
      inner.unsubscribe();
    };
  });
  return { source, counts, subject, say: (value: T) => subject.next(value) };
}

/** Everything that is left to be read, and how it ended. */
export async function rest<T>(iterator: AsyncIterator<T>): Promise<{ items: T[]; error?: unknown }> {
  const items: T[] = [];
  try {
    for (let result = await iterator.next(); !result.done; result = await iterator.next()) items.push(result.value);
    return { items };
  } catch (error) {
    return { items, error };
  }
}
