import { isTerminal, type Snapshot } from './snapshot.js';

/**
 * The state machine of a task, whole: a terminal snapshot absorbs whatever is observed later, anything else gives way
 * to it. Any live to live move is legal, since providers requeue.
 */
export function advance(previous: Snapshot | undefined, observed: Snapshot): Snapshot {
  return previous !== undefined && isTerminal(previous) ? previous : observed;
}
