import { invalidArgument, messageOf, RushesError } from '../../errors.js';
import type { CloudEvent } from '../envelope/cloud-event.js';
import type { Publisher } from '../publish/publisher.js';

/** What is called of an emitter, such as Node's `EventEmitter`. */
export interface Emitter {
  /** Tells an event to the listeners of its type. */
  emit(type: CloudEvent['type'], event: CloudEvent): unknown;
}

/**
 * Publishes to an emitter, under the event's `type`. A listener that throws keeps the event from those after it; it is
 * not told again, as those before it have heard it.
 *
 * @throws `INVALID_ARGUMENT` at the call. Publishing rejects with `REJECTED` when a listener throws.
 * @example
 * ```ts
 * const emitter = new EventEmitter();
 * emitter.on('rushes.task.completed', ({ id }) => console.log(id)); // cometapi:task_1:terminal
 * client.watch('task_1').pipe(publishTo(emitterPublisher(emitter))).subscribe();
 * ```
 */
export function emitterPublisher(emitter: Emitter): Publisher {
  if (typeof Object(emitter).emit !== 'function')
    throw invalidArgument('emitterPublisher(emitter)', 'an emitter, which has a method emit', emitter);
  return {
    async publish(event) {
      try {
        emitter.emit(event.type, event);
      } catch (error) {
        throw new RushesError('REJECTED', `a listener failed: ${messageOf(error)}`, { cause: error });
      }
    },
  };
}
