// Hooks

export { useTask } from './use-task.js';
export { useTasks } from './use-tasks.js';

// What they give

export type { TaskRef } from '../task/ref.js';
export type { Snapshot } from '../task/snapshot.js';
export type { TaskLike } from '../watch/task-like.js';
export type { ListedTask, WatchedTask } from './seat.js';

// Deliberately absent: a hook that creates. Rendering may happen twice, and a create costs money.
