import { recordOf } from '../../create/ledger.js';
import { parsed } from '../../http/origin.js';
import type { LiveSnapshot, Provider } from '../../index.js';
import type { TaskOptions } from '../options.js';
import { openProvider } from '../provider-choice.js';
import type { Shell } from '../shell.js';
import { WrongUsage } from '../wrong-usage.js';

/** Tasks that are asked for at one address with one key. */
export interface TaskGroup {
  readonly provider: Provider;
  readonly snapshots: readonly LiveSnapshot[];
}

type Given = Pick<TaskOptions, 'baseUrl'>;

/**
 * The tasks by where they were created, which is where the key may go.
 *
 * @throws WrongUsage where one of them cannot be asked for as things are: then none is.
 */
export function groupsOf(snapshots: readonly LiveSnapshot[], options: Given, { env }: Pick<Shell, 'env'>): TaskGroup[] {
  const places = new Map<string, { provider: string; baseUrl: string | undefined; snapshots: LiveSnapshot[] }>();
  for (const snapshot of snapshots) {
    const { provider, id } = snapshot.task;
    const baseUrl = addressOf(id, recordOf(snapshot)?.baseUrl, options);
    const key = `${provider} ${baseUrl}`;
    const known = places.get(key) ?? { provider, baseUrl, snapshots: [] };
    known.snapshots.push(snapshot);
    places.set(key, known);
  }
  return [...places.values()].map((place) => ({
    provider: openProvider(place.provider, place.baseUrl, env),
    snapshots: place.snapshots,
  }));
}

/** Where the task `id`, which was created at `created`, is asked for. @throws WrongUsage where that is another origin. */
export function addressOf(id: string, created: string | undefined, { baseUrl }: Given): string | undefined {
  if (baseUrl !== undefined && created !== undefined && parsed(created)?.origin !== parsed(baseUrl)?.origin) {
    throw new WrongUsage(`--base-url: ${id} was created at ${created}; without the option it is asked for there`);
  }
  return baseUrl ?? created;
}
