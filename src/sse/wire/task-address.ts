import { invalidArgument } from '../../errors.js';
import { idProblem, providerNameProblem, type TaskRef, taskKey } from '../../task/ref.js';

/** Where a gateway has a task, relative to where the gateway is. @throws `INVALID_ARGUMENT` for what names no task. */
export function taskPath({ provider, id }: TaskRef): string {
  const wrongName = providerNameProblem(provider);
  if (wrongName !== undefined) throw invalidArgument('task.provider', wrongName, provider);
  const wrongId = idProblem(id);
  if (wrongId !== undefined) throw invalidArgument('task.id', wrongId, id);
  return `/tasks/${provider}/${encodeURIComponent(id)}`;
}

/** The task of a path's two segments, each percent-encoded; `undefined` when they name none. */
export function taskOfSegments(provider: string, id: string): TaskRef | undefined {
  const [name, ofName] = [decoded(provider), decoded(id)];
  return name === undefined || ofName === undefined ? undefined : checked(name, ofName);
}

/** Where a gateway has the events of many tasks. */
export function eventsPath(tasks: readonly TaskRef[]): string {
  return `/events?${tasks.map((task) => `task=${encodeURIComponent(taskKey(task))}`).join('&')}`;
}

/** The task of a `task` parameter, decoded; `undefined` when it names none. The first `/` ends the provider's name. */
export function taskOfParameter(value: string): TaskRef | undefined {
  const slash = value.indexOf('/');
  return slash < 0 ? undefined : checked(value.slice(0, slash), value.slice(slash + 1));
}

function checked(provider: string, id: string): TaskRef | undefined {
  const isGood = providerNameProblem(provider) === undefined && idProblem(id) === undefined;
  return isGood ? Object.freeze({ provider, id }) : undefined;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
