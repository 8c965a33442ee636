import { EMPTY, mergeMap, type OperatorFunction, of, throwError } from 'rxjs';
import type { TaskEvent } from '../../operators/task-event.js';
import type { TaskRef } from '../../task/ref.js';
import { type Attributes, readCloudEvent } from '../envelope/from-cloud-event.js';
import type { BusSourceOptions, Skipped } from './bus-source-options.js';

/** A message of a bus. */
export interface BusMessage {
  /** The event: parsed, or its JSON as text or bytes. */
  readonly body: unknown;
  /** Whether it came by the address that news of this task has. @defaultValue the bus has no addresses */
  readonly isAddressOf?: (task: TaskRef) => boolean;
}

/** Stands among messages where some that came before it may not have been heard. */
export const GAP = 'gap' as const;
export type Gap = typeof GAP;

/** The news among messages, and the gaps; whatever is neither is skipped and told of. */
export function readNews<M extends BusMessage | Gap>(
  options: BusSourceOptions,
): OperatorFunction<M, TaskEvent | Extract<M, Gap>> {
  const { onSkipped, verify } = options;
  return mergeMap((message) => {
    if (message === GAP) return of(message as Extract<M, Gap>);
    const { body, isAddressOf } = message;
    const event = readCloudEvent(body);
    const reason = !event
      ? 'garbled'
      : isAddressOf?.(event.told.task) === false
        ? 'misplaced'
        : !isVerified(event.attributes, verify)
          ? 'refused'
          : undefined;
    if (event && reason === undefined) return of(event.told);
    tell(onSkipped, { reason: reason ?? 'garbled', body });
    return EMPTY;
  });
}

/** An error of whoever is told goes where RxJS takes those of listeners, as it must not stop what comes after. */
function tell(onSkipped: BusSourceOptions['onSkipped'], skipped: Skipped): void {
  try {
    onSkipped?.(skipped);
  } catch (error) {
    throwError(() => error).subscribe();
  }
}

function isVerified(attributes: Attributes, verify: BusSourceOptions['verify']): boolean {
  try {
    return verify === undefined || verify(attributes) === true;
  } catch {
    return false;
  }
}
