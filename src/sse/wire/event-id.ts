import { fingerprint } from '../../task/fingerprint.js';
import { type TaskRef, taskKey } from '../../task/ref.js';
import { isTerminal, type Snapshot } from '../../task/snapshot.js';

/**
 * The id of the message that tells a snapshot. That of a terminal one depends on its task alone, so that whoever has seen
 * it is known to have seen the end, at every instance of a gateway.
 *
 * @param shown - What the message shows of it, which does not say whether the task has ended.
 */
export function snapshotId(snapshot: Snapshot, shown: Snapshot = snapshot): string {
  return isTerminal(snapshot) ? endId(snapshot.task) : `live-${fingerprint(JSON.stringify(shown))}`;
}

/** The id of a terminal snapshot's message. */
export function endId(task: TaskRef): string {
  return `end-${fingerprint(taskKey(task))}`;
}

/** The id of the message that tells that the watch of `task` was lost. */
export function lostId(task: TaskRef): string {
  return `lost-${fingerprint(taskKey(task))}`;
}

/** The id of the last message about `tasks`, in whatever order they are named: all have ended or are lost. */
export function allEndedId(tasks: readonly TaskRef[]): string {
  return `all-${fingerprint(JSON.stringify(tasks.map(taskKey).sort()))}`;
}
