import { catchError, defer, EMPTY, finalize, from, map, mergeMap, type Observable, of } from 'rxjs';
import { invalidArgument, type RushesError } from '../errors.js';
import type { TaskEvent } from '../operators/task-event.js';
import { taskKey } from '../task/ref.js';
import type { Snapshot } from '../task/snapshot.js';
import { inLine, Room, whenThereIsRoom } from './room.js';
import { type NamedTask, nameForBlame, type TaskLike } from './task-like.js';

/** How `client.watchAll` takes its tasks. */
export interface WatchAllOptions {
  /** Tasks watched at once; the others wait their turn. @defaultValue `Infinity` */
  readonly maxWatched?: number;
}

/** The default of {@link WatchAllOptions}. */
export const watchAllDefaults = Object.freeze({
  maxWatched: Number.POSITIVE_INFINITY,
} satisfies Required<WatchAllOptions>);

/** Many tasks: a list, anything that can be iterated (it is pulled only when there is room), or a stream of them. */
export type ManyTasks = Iterable<TaskLike> | AsyncIterable<TaskLike> | Observable<TaskLike>;

/** How a watch of one task is got. */
export interface Watching {
  /** @throws `INVALID_ARGUMENT` when `task` names nobody. */
  name(task: unknown): NamedTask;
  watch(named: NamedTask): Observable<Snapshot>;
}

/**
 * Many tasks as one stream of events. One lost task never ends the others; the stream errors only when its input does.
 * A task that is named again while it is watched is not watched twice.
 *
 * @throws `INVALID_ARGUMENT` at the call when `tasks` cannot be iterated or `maxWatched` is not 1 or more.
 */
export function watchAll(tasks: ManyTasks, options: WatchAllOptions, { name, watch }: Watching): Observable<TaskEvent> {
  const { maxWatched = watchAllDefaults.maxWatched } = options;
  if (!(typeof maxWatched === 'number' && maxWatched >= 1))
    throw invalidArgument('watchAll.maxWatched', 'a number, 1 or more, or Infinity', maxWatched);
  const draw = drawFrom(tasks);
  return defer(() => {
    const room = new Room(maxWatched);
    const watched = new Set<string>();
    const events = (input: TaskLike): Observable<TaskEvent> => {
      let named: NamedTask;
      try {
        named = name(input);
      } catch (error) {
        return of({ kind: 'lost', task: nameForBlame(input), error: error as RushesError });
      }
      const { task } = named;
      const key = taskKey(task);
      if (watched.has(key)) return EMPTY;
      watched.add(key);
      return watch(named).pipe(
        map((snapshot): TaskEvent => ({ kind: 'snapshot', task, snapshot })),
        catchError((error: RushesError) => of<TaskEvent>({ kind: 'lost', task, error })),
        finalize(() => watched.delete(key)),
      );
    };
    return draw(room).pipe(mergeMap((input) => events(input).pipe(finalize(() => room.leave()))));
  });
}

function drawFrom(tasks: ManyTasks): (room: Room) => Observable<TaskLike> {
  if (Array.isArray(tasks)) {
    const list: readonly TaskLike[] = [...tasks];
    return (room) => whenThereIsRoom(() => list.values(), room);
  }
  if (typeof tasks === 'object' && tasks !== null) {
    if ('subscribe' in tasks) return (room) => inLine(from(tasks), room);
    if (Symbol.iterator in tasks) return (room) => whenThereIsRoom(() => tasks[Symbol.iterator](), room);
    if (Symbol.asyncIterator in tasks) return (room) => whenThereIsRoom(() => tasks[Symbol.asyncIterator](), room);
  }
  throw invalidArgument('watchAll(tasks)', 'an array, an iterable, an async iterable or an Observable of tasks', tasks);
}
