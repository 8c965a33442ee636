import { useState, useSyncExternalStore } from 'react';
import type { Client } from '../client.js';
import { invalidArgument } from '../errors.js';
import type { TaskLike } from '../watch/task-like.js';
import { type ListedTask, Seat } from './seat.js';
import { type SeatOf, TaskList } from './task-list.js';

/**
 * Many tasks, in the order of `tasks`, which may change with each render: whoever stays is not watched anew. The array
 * and each element are the same until something in them changes, so a row in `React.memo` renders when its task has
 * news. What names no task of the client is `lost` in its place.
 *
 * Everything else is as with {@link useTask}.
 *
 * @throws `INVALID_ARGUMENT` when `tasks` is no array, or `client` no client.
 * @example
 * ```tsx
 * const Row = memo(({ item: { task, snapshot, lost, retry } }: { item: ListedTask }) => (
 *   <li>{lost ? <button onClick={retry}>look again</button> : snapshot?.status}</li>
 * ));
 * const List = ({ tasks }: { tasks: TaskRef[] }) =>
 *   useTasks(client, tasks).map((item, i) => <Row key={i} item={item} />);
 * // <li>in_progress</li><li>completed</li>
 * ```
 */
export function useTasks(client: Client, tasks: readonly TaskLike[]): readonly ListedTask[] {
  if (!Array.isArray(tasks)) throw invalidArgument('useTasks(tasks)', 'an array of tasks', tasks);
  return useTaskList(client, tasks, Seat.orLost);
}

/** The watches of `tasks`; what cannot have a seat is a matter of `seatOf`. */
export function useTaskList(client: Client, tasks: readonly TaskLike[], seatOf: SeatOf): readonly ListedTask[] {
  if (typeof client?.watch !== 'function') throw invalidArgument('client', 'what createClient gives', client);
  const [kept, keep] = useState(() => new TaskList(client, tasks, seatOf));
  const list = kept.isOf(client, tasks) ? kept : new TaskList(client, tasks, seatOf, kept);
  if (list !== kept) keep(list);
  return useSyncExternalStore(list.subscribe, list.now, list.first);
}
