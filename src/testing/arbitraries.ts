// A task, and what is said about it

export {
  liveSnapshot,
  type SnapshotConstraints,
  snapshot,
  type TaskRefConstraints,
  type TimelineConstraints,
  taskId,
  taskRef,
  terminalSnapshot,
  timeline,
} from './arbitraries-task.js';

// What comes over the wire

export { hostileJson, type StatusWordConstraints, statusWord } from './arbitraries-wire.js';
