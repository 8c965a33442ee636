import { catchError, defer, EMPTY, mergeMap, type Observable, of } from 'rxjs';
import { readCloudEvent } from '../bridges/envelope/from-cloud-event.js';
import { sourceOf } from '../bridges/nats/nats-source.js';
import type { NatsMessage } from '../bridges/nats/nats-stream.js';
import { retryTransient } from '../operators/retry-transient.js';
import type { TaskRef } from '../task/ref.js';
import type { SnapshotSource } from '../watch/snapshot-source.js';
import { generationHeader, generationOf } from './events.js';
import type { FleetContext } from './fleet-context.js';
import { natsTrouble } from './nats-trouble.js';

/** What a fleet tells of a task, to whoever watches it from wherever. */
export function fleetSource({ js, manager, layout, polling }: FleetContext): SnapshotSource {
  const options = { subject: layout.events, firstNewsMs: Number.POSITIVE_INFINITY, random: polling.random };
  return sourceOf(js, options, (message) => {
    const told = readCloudEvent(message.data)?.told;
    return told?.kind === 'lost' ? current(message, told.task) : of(message);
  });

  /** The loss of a watch that was submitted anew is no news, also when that one is over. */
  function current(message: NatsMessage, task: TaskRef): Observable<NatsMessage> {
    return defer(() => isOutdated(message, task)).pipe(
      catchError((error) => {
        throw natsTrouble(error);
      }),
      retryTransient({ scheduler: polling.waits, random: polling.random }),
      mergeMap((is) => (is ? EMPTY : of(message))),
    );
  }

  async function isOutdated({ seq }: NatsMessage, task: TaskRef): Promise<boolean> {
    const stored = await manager.streams.getMessage(layout.eventStream, { seq });
    const generation = generationOf(stored?.header.get(generationHeader));
    if (generation === undefined) return false;
    const last = await manager.streams.getMessage(layout.eventStream, { last_by_subj: layout.eventSubject(task) });
    if (last && last.seq > seq) return true;
    const waiting = await manager.streams.getMessage(layout.pollStream, { last_by_subj: layout.pollSubject(task) });
    return waiting !== null && waiting.seq > generation;
  }
}
