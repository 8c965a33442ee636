import { type TaskRef, taskKey } from '../../task/ref.js';
import { isTerminal, type Snapshot } from '../../task/snapshot.js';

/**
 * The id of the message that tells a snapshot. That of a terminal one depends on its task alone, so that whoever has seen
 * it is known to have seen the end, at every instance of a gateway.
 *
 * @param shown - What the message shows of it, which does not say whether the task has ended.
 */
export function snapshotId(snapshot: Snapshot, shown: Snapshot = snapshot): string {
  return isTerminal(snapshot) ? endId(snapshot.task) : `live-${hash(JSON.stringify(shown))}`;
}

/** The id of a terminal snapshot's message. */
export function endId(task: TaskRef): string {
  return `end-${hash(taskKey(task))}`;
}

/** The id of the message that tells that the watch of `task` was lost. */
export function lostId(task: TaskRef): string {
  return `lost-${hash(taskKey(task))}`;
}

/** The id of the last message about `tasks`, in whatever order they are named: all have ended or are lost. */
export function allEndedId(tasks: readonly TaskRef[]): string {
  return `all-${hash(JSON.stringify(tasks.map(taskKey).sort()))}`;
}

/**
 * 64 bits of FNV-1a, as two halves that start differently. Ids only have to differ where messages do: a viewer who makes
 * one up can keep news from nobody but itself.
 */
function hash(text: string): string {
  return half(text, 0x811c9dc5) + half(text, 0x01000193);
}

function half(text: string, start: number): string {
  let bits = start;
  for (let i = 0; i < text.length; i++) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193);
  // The last characters would reach the low bits only.
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  return ((bits ^ (bits >>> 13)) >>> 0).toString(16).padStart(8, '0');
}
