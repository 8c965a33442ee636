import { checkNames, invalidArgument } from '../../errors.js';
import type { Publisher } from '../publish/publisher.js';

/** How events are dispatched. */
export interface EventTargetPublisherOptions {
  /** The type of all of them. @defaultValue that of each: `rushes.task.queued`, `rushes.task.completed`, … */
  readonly type?: string;
}

/**
 * Publishes to an `EventTarget`: each event is the `detail` of a `CustomEvent`. An error of a listener goes to the global
 * handler, as with every `EventTarget`, and is none of the publisher's.
 *
 * @throws `INVALID_ARGUMENT` at the call.
 * @example
 * ```ts
 * const target = new EventTarget();
 * target.addEventListener('rushes.task.completed', (event) => {
 *   console.log((event as CustomEvent<CloudEvent>).detail.id); // cometapi:task_1:terminal
 * });
 * client.watch('task_1').pipe(publishTo(eventTargetPublisher(target))).subscribe();
 * ```
 */
export function eventTargetPublisher(
  target: Pick<EventTarget, 'dispatchEvent'>,
  options: EventTargetPublisherOptions = {},
): Publisher {
  if (typeof Object(target).dispatchEvent !== 'function')
    throw invalidArgument('eventTargetPublisher(target)', 'an EventTarget', target);
  checkNames('eventTargetPublisher', options, ['type']);
  const { type } = options;
  if (type !== undefined && (typeof type !== 'string' || type === ''))
    throw invalidArgument('eventTargetPublisher.type', 'a string that is not empty', type);
  return {
    publish: async (event) => target.dispatchEvent(new CustomEvent(type ?? event.type, { detail: event })),
  };
}
