import { invalidArgument } from '../errors.js';
import { idProblem } from '../task/ref.js';
import { parseUrl } from './parse-url.js';

/**
 * The address of one task's route: the only place where an id enters an address.
 *
 * @param collection Address of all tasks, such as `https://api.cometapi.com/v1/videos`.
 * @param route What follows the id, such as `/content`.
 * @throws `INVALID_ARGUMENT` for an id that is none, or that would not arrive as exactly one segment of the path.
 * @example
 * ```ts
 * taskUrl('https://h/v1/videos', 'sora-2:task_01'); // 'https://h/v1/videos/sora-2%3Atask_01'
 * ```
 */
export function taskUrl(collection: string, id: string, route = ''): string {
  const problem = idProblem(id);
  if (problem !== undefined) throw invalidArgument('task.id', problem, id);
  const url = `${collection}/${encodeURIComponent(id)}${route}`;
  const parsed = parseUrl(url);
  if (parsed === undefined || parsed.origin + parsed.pathname !== url) {
    throw invalidArgument('task.id', 'an id that is one segment of a path', id);
  }
  return url;
}
