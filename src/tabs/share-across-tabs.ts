import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { checkMs } from '../cadence/delay.js';
import { Waits } from '../cadence/waits.js';
import { checkNames, invalidArgument } from '../errors.js';
import type { Backend } from '../watch/backend.js';
import { checkScheduler } from '../watch/poll-source.js';
import type { SnapshotSource } from '../watch/snapshot-source.js';
import { platformOfTab } from './platform.js';
import { sharedBackend } from './shared-backend.js';

/** Who shares, and how soon a tab that stands still is replaced. */
export interface ShareAcrossTabsOptions {
  /**
   * Whose tasks these are: the id of the signed-in user or of the session, and of the account that is asked. Tabs with
   * different scopes never hear each other.
   */
  readonly scope: string;
  /**
   * How often the tab that asks gives a sign of life; one that gives none for two of these is replaced. 100 or more.
   *
   * @defaultValue 5000
   */
  readonly intervalMs?: number;
  /** Where time comes from. @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
  /** Where chance comes from: numbers in [0, 1). @defaultValue `Math.random` */
  readonly random?: () => number;
}

/** The default of {@link ShareAcrossTabsOptions} that is a plain value. */
export const shareAcrossTabsDefaults = Object.freeze({
  intervalMs: 5_000,
} satisfies Partial<ShareAcrossTabsOptions>);

/**
 * Lets one tab ask about a task, and the other tabs of this browser listen to it. When the tab that asks is closed,
 * crashes, is frozen or leaves the task, another one goes on from what is known. The end of a watch, be it a terminal
 * snapshot or an error, is the end in every tab.
 *
 * Only watches are shared; reads, creates, cancels and contents pass through. Where there are no Web Locks (as on plain
 * http) or no `BroadcastChannel`, each tab asks for itself.
 *
 * @throws `INVALID_ARGUMENT` when an option is missing or out of its range, or when it is given no backend.
 * @example
 * ```ts
 * const client = createClient(shareAcrossTabs({ scope: user.id })(backend));
 * client.watch(task).subscribe(render); // in ten tabs: one poll
 * ```
 */
export function shareAcrossTabs(options: ShareAcrossTabsOptions): (backend: Backend | SnapshotSource) => Backend {
  checkNames('shareAcrossTabs', options, ['scope', 'intervalMs', 'scheduler', 'random']);
  const {
    scope,
    intervalMs = shareAcrossTabsDefaults.intervalMs,
    scheduler = asyncScheduler,
    random = Math.random,
  } = options;
  if (typeof scope !== 'string' || scope === '') {
    throw invalidArgument('shareAcrossTabs.scope', 'a text that names the user or session, not an empty one', scope);
  }
  if (checkMs('shareAcrossTabs.intervalMs', intervalMs) < 100)
    throw invalidArgument('shareAcrossTabs.intervalMs', 'at least 100 milliseconds', intervalMs);
  checkScheduler(scheduler, 'shareAcrossTabs.scheduler');
  if (typeof random !== 'function') throw invalidArgument('shareAcrossTabs.random', 'a function', random);
  const settings = { scope, intervalMs, random, waits: new Waits(scheduler) };
  return (backend) => sharedBackend(backend, settings, platformOfTab);
}
