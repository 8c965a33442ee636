import { useMemo } from 'react';
import type { Client } from '../client.js';
import type { TaskLike } from '../watch/task-like.js';
import { Seat, type WatchedTask } from './seat.js';
import { useTaskList } from './use-tasks.js';

const unwatched: WatchedTask = Object.freeze({ snapshot: undefined, lost: undefined, retry: () => undefined });

/**
 * The latest of a task, for as long as the component is mounted. However many components show a task, it is watched
 * once, and who comes late shows the latest at once. Nothing is asked while rendering, on a server neither.
 *
 * A snapshot as `task` is shown until there is news; one that has ended is all, and nobody is asked. A task is known by
 * its provider and id, so an equal handle in each render changes nothing. With `null` nothing is watched.
 *
 * An error of the watch is `lost`, beside the last snapshot, and nothing more is asked until `retry()`.
 *
 * @param client - made outside of components: each client has watches of its own.
 * @throws `INVALID_ARGUMENT`, while rendering, when `task` names no task of the client.
 * @example
 * ```tsx
 * function Task({ task }: { task: TaskRef }) {
 *   const { snapshot, lost, retry } = useTask(client, task);
 *   if (lost) return <button onClick={retry}>We lost sight of it. Look again</button>;
 *   return <p>{snapshot?.status ?? 'asking'} {snapshot?.progress}</p>;
 * }
 * // <p>asking </p>, <p>queued 0</p>, <p>in_progress 40</p>, <p>completed 100</p>
 * ```
 */
export function useTask(client: Client, task: TaskLike | null): WatchedTask {
  const [item] = useTaskList(client, task === null ? [] : [task], Seat.of);
  const { snapshot, lost, retry } = item ?? unwatched;
  return useMemo(() => Object.freeze({ snapshot, lost, retry }), [snapshot, lost, retry]);
}
