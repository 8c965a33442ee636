import { isRushesError, messageOf, RushesError } from '../../errors.js';
import type { TaskEvent } from '../../operators/task-event.js';
import type { CloudEvent } from '../envelope/cloud-event.js';

/** The error of an event that was given up: it carries the event, so that nothing is lost. */
export type PublishError = RushesError<'PUBLISH_FAILED'> & { readonly event: CloudEvent };

/** Whether `error` is a `PUBLISH_FAILED`, which carries the event that was given up. */
export function isPublishFailed(error: unknown): error is PublishError {
  return isRushesError(error) && error.code === 'PUBLISH_FAILED';
}

/** Whether an event was given up by it, be it as an argument that can never be right. */
export function isGivenUp(error: RushesError): boolean {
  return error.event !== undefined;
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
