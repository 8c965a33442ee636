import { isRushesError, messageOf, RushesError } from '../../errors.js';
import type { TaskEvent } from '../../operators/task-event.js';
import type { CloudEvent } from '../envelope/cloud-event.js';

/** The error of an event that was given up: it carries the event, so that nothing is lost. */
export type PublishError = RushesError<'PUBLISH_FAILED' | 'INVALID_ARGUMENT'> & { readonly event: CloudEvent };

/**
 * Whether an event was given up by `error`, which carries it: as `PUBLISH_FAILED`, or as `INVALID_ARGUMENT` where its bus
 * can never take it.
 */
export function isPublishFailed(error: unknown): error is PublishError {
  return isRushesError(error) && error.event !== undefined;
}

/** What a publisher or a bus's client failed with, as trouble that may pass unless the publisher says it will not. */
export function busTrouble(error: unknown): RushesError {
  if (isRushesError(error)) return error;
  return new RushesError('UNAVAILABLE', `the bus did not take it: ${messageOf(error)}`, {
    retryable: true,
    cause: error,
  });
}

/** The error of an event that is given up because of `trouble`; an argument that can never be right is told as that. */
export function publishFailed(told: TaskEvent, event: CloudEvent, trouble: RushesError): RushesError {
  const isWrong = trouble.code === 'INVALID_ARGUMENT';
  return new RushesError(
    isWrong ? 'INVALID_ARGUMENT' : 'PUBLISH_FAILED',
    isWrong ? trouble.message : `${event.type} of ${event.subject} was not published: ${trouble.message}`,
    {
      task: told.task,
      lastSnapshot: told.kind === 'snapshot' ? told.snapshot : told.error.lastSnapshot,
      retryable: trouble.retryable,
      event,
      cause: trouble.cause ?? trouble,
    },
  );
}
