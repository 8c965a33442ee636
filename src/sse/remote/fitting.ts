import { eventsPath } from '../wire/task-address.js';
import type { Watcher } from './watcher.js';

/** How much one connection can carry. */
export const connectionLimits = Object.freeze({ tasks: 100, urlChars: 8_000 });

/**
 * `watchers`, those of one task together, in as few connections to the gateway at `url` as their tasks fit into, in their
 * order.
 */
export function fitting(
  url: string,
  watchers: Iterable<Watcher>,
  mostTasks: number = connectionLimits.tasks,
): readonly (readonly Watcher[])[] {
  const byTask = new Map<string, Watcher[]>();
  for (const watcher of watchers) byTask.set(watcher.key, [...(byTask.get(watcher.key) ?? []), watcher]);
  const parts: Watcher[][] = [];
  let room = { tasks: 0, chars: 0 };
  for (const ofTask of byTask.values()) {
    const chars = eventsPath(ofTask.slice(0, 1).map(({ task }) => task)).length;
    if (room.tasks < 1 || room.chars < chars) {
      parts.push([]);
      room = { tasks: mostTasks, chars: connectionLimits.urlChars - url.length };
    }
    parts.at(-1)?.push(...ofTask);
    room = { tasks: room.tasks - 1, chars: room.chars - chars };
  }
  return parts;
}
