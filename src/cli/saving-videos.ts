import { connect, filter, merge, mergeMap, type Observable, type OperatorFunction } from 'rxjs';
import { type Client, type CompletedSnapshot, isCompleted, type TaskEvent } from '../index.js';
import type { JobEvent } from './job-event.js';
import type { Session } from './session.js';

/** Videos that are saved at once. */
const AT_ONCE = 4;

/** Saves the video of each task that completes, where the session saves any, while the others are watched on. */
export function savingVideos(client: Client, { save }: Pick<Session, 'save'>): OperatorFunction<TaskEvent, JobEvent> {
  if (!save) return (events) => events;
  return (events) =>
    events.pipe(
      connect((shared): Observable<JobEvent> => {
        const done = shared.pipe(filter(isDone));
        return merge(shared, done.pipe(mergeMap(({ snapshot }) => save(client, snapshot), AT_ONCE)));
      }),
    );
}

function isDone(event: TaskEvent): event is TaskEvent & { readonly snapshot: CompletedSnapshot } {
  return event.kind === 'snapshot' && isCompleted(event.snapshot);
}
