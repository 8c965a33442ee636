import type { TaskRef } from '../../task/ref.js';
import { taskOfParameter, taskOfSegments } from '../wire/task-address.js';

/** What is asked of a gateway. `tasks` is `undefined` where the address names what can be no task. */
export interface Route {
  readonly kind: 'task' | 'events' | 'content' | 'many' | 'tasks';
  readonly tasks: readonly TaskRef[] | undefined;
}

/** What a URL asks for; `undefined` where the gateway has nothing. Every segment counts, none is guessed. */
export function routeOf({ pathname, search }: URL, basePath: string): Route | undefined {
  if (!pathname.startsWith(`${basePath}/`)) return undefined;
  const [collection, provider, id, action, ...more] = pathname.slice(basePath.length + 1).split('/');
  if (more.length > 0) return undefined;
  if (provider === undefined) {
    if (collection === 'tasks') return { kind: 'tasks', tasks: [] };
    return collection === 'events' ? { kind: 'many', tasks: namedIn(search) } : undefined;
  }
  if (collection !== 'tasks' || id === undefined) return undefined;
  const kind = action === undefined ? 'task' : action === 'events' || action === 'content' ? action : undefined;
  const task = taskOfSegments(provider, id);
  return kind && { kind, tasks: task && [task] };
}

/** A query that no form would write is refused, since two readers could find two tasks in it. */
function namedIn(search: string): readonly TaskRef[] | undefined {
  const tasks = search
    .slice(1)
    .split('&')
    .map((parameter) => /^([^=]*)=?(.*)$/s.exec(parameter) ?? [])
    .filter(([, name = '']) => decoded(name) === 'task')
    .map(([, , value = '']) => taskOfParameter(decoded(value) ?? ''));
  const isGood = (task: TaskRef | undefined): task is TaskRef => task !== undefined;
  return tasks.every(isGood) ? tasks : undefined;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
