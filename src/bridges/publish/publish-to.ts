import { type MonoTypeOperatorFunction, map, Observable } from 'rxjs';
import { invalidArgument, isLost, isRushesError } from '../../errors.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { isSameTask } from '../../task/ref.js';
import type { Snapshot } from '../../task/snapshot.js';
import { isStatus } from '../../task/status.js';
import { toldTask } from '../../told/told-task.js';
import { asTaskEvent } from '../envelope/cloud-event.js';
import { Dispatcher } from './dispatcher.js';
import { isPublishFailed } from './publish-failed.js';
import { checkPublish, type PublishOptions } from './publish-options.js';
import type { Publisher } from './publisher.js';

/**
 * Publishes each value as a CloudEvent, and passes it on once the bus has acknowledged it. Of each task one event at most
 * is under way, so that their order holds; tasks go side by side. While one is under way, newer live news of the task
 * takes the place of older that waits, and what is replaced is not passed on; the end of a task, and the loss of its
 * watch, are never replaced. The source's end waits for all acknowledgements.
 *
 * - Of snapshots, such as `client.watch`: a lost watch is published as `rushes.task.lost`, then its error is passed on; an
 *   event that is given up is the error, after the task's end if that waits.
 * - Of events, as of `client.watchAll`: an event that is given up becomes a `lost` event with that error, and the others
 *   go on; so does later news of its task.
 *
 * ```text
 * source:   --q-r-s-t--C|
 * sent:     --q------t------C           (each is acknowledged after 7 frames)
 * result:   ---------q------t------(C|)
 * ```
 *
 * @throws `INVALID_ARGUMENT` at the call when an option is out of its range, and as the error for an event that the bus can
 * never take, as for the length of its address; `PUBLISH_FAILED` when the bus has refused for `retry.giveUpAfterMs` or not
 * answered for `answerTimeoutMs`. These errors carry the event: see `isPublishFailed`.
 * @example
 * ```ts
 * client
 *   .watch('task_abc123')
 *   .pipe(publishTo(natsPublisher(jetstream(connection), { subject: 'video.events' })))
 *   .subscribe(({ status }) => console.log('acknowledged:', status)); // acknowledged: queued … acknowledged: completed
 * ```
 */
export function publishTo<T extends Snapshot | TaskEvent>(
  publisher: Publisher,
  options: PublishOptions = {},
): MonoTypeOperatorFunction<T> {
  const settings = checkPublish(publisher, options);
  return (source) =>
    new Observable((subscriber) => {
      const dispatcher = new Dispatcher<T>(publisher, settings, subscriber);
      const take = (value: T) => {
        const told = toldBy(value);
        if (isOfThisBus(told)) dispatcher.publish(told, value);
        else subscriber.next(value);
      };
      subscriber.add(dispatcher);
      subscriber.add(
        source.pipe(map(take)).subscribe({
          error: (error: unknown) => {
            const lost = isLost(error) && ({ kind: 'lost', task: error.task, error } as const);
            if (lost && isOfThisBus(lost)) dispatcher.publish(lost, undefined);
            dispatcher.finish({ error });
          },
          complete: () => dispatcher.finish(),
        }),
      );
    });
}

function toldBy(value: Snapshot | TaskEvent): TaskEvent {
  const told = asTaskEvent(Object(value));
  const isNews = told.kind === 'lost' ? isRushesError(told.error) : isAddressable(told) && isOfItsTask(told);
  if (!isNews) throw invalidArgument('publishTo(source)', 'snapshots or task events', value);
  return told;
}

function isOfItsTask({ task, snapshot }: Extract<TaskEvent, { kind: 'snapshot' }>): boolean {
  return isStatus(snapshot?.status) && isSameTask(Object(snapshot.task), task);
}

/** What names no task has no address; and what another bus did not take was no loss of the watch. */
function isOfThisBus(told: TaskEvent): boolean {
  return told.kind === 'snapshot' || (isAddressable(told) && !isPublishFailed(told.error));
}

function isAddressable({ task }: TaskEvent): boolean {
  return toldTask(task) !== undefined;
}
