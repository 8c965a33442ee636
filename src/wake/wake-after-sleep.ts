import { asyncScheduler, filter, Observable, type SchedulerLike } from 'rxjs';
import { checkPositiveMs } from '../cadence/delay.js';
import { checkNames } from '../errors.js';
import { checkScheduler } from '../watch/poll-source.js';
import { pageLife } from './page-life.js';

/** How {@link wakeAfterSleep} looks at the clock. */
export interface WakeAfterSleepOptions {
  /** How often the clock is looked at; a look that comes later than the next one was due has slept. @defaultValue 5000 */
  readonly everyMs?: number;
  /** Where time comes from. @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
}

/** The default of {@link WakeAfterSleepOptions} that is a plain value. */
export const wakeAfterSleepDefaults = Object.freeze({ everyMs: 5_000 } satisfies WakeAfterSleepOptions);

/**
 * Says when the clock has jumped, for the option `wake`: the machine slept, or the browser froze the tab, and timers
 * that were running then may go on as if no time had passed. A frozen tab that is resumed and a page that comes back by
 * "back" are told at once, where the browser says so; everything else within `everyMs`. In a hidden tab whose timers are
 * slowed down to one in a minute it speaks once in a minute.
 *
 * @throws `INVALID_ARGUMENT` when `everyMs` is not a finite number of milliseconds above 0.
 * @example
 * ```ts
 * const client = createClient(provider, { wake: wakeAfterSleep() });
 * client.watch(task).subscribe(render); // asks within 5 s after the laptop's lid was opened
 * ```
 */
export function wakeAfterSleep(options: WakeAfterSleepOptions = {}): Observable<unknown> {
  checkNames('wakeAfterSleep', options, ['everyMs', 'scheduler']);
  const { everyMs = wakeAfterSleepDefaults.everyMs, scheduler = asyncScheduler } = options;
  checkPositiveMs('wakeAfterSleep.everyMs', everyMs);
  checkScheduler(scheduler, 'wakeAfterSleep.scheduler');
  return new Observable<void>((subscriber) => {
    let lookedMs = scheduler.now();
    let wokenMs = Number.NEGATIVE_INFINITY;
    const wake = () => {
      // A browser's word and the clock's tell of the same sleep, in either order.
      if (Math.abs(scheduler.now() - wokenMs) < everyMs) return;
      lookedMs = wokenMs = scheduler.now();
      subscriber.next();
    };
    subscriber.add(
      scheduler.schedule(function () {
        const sinceMs = scheduler.now() - lookedMs;
        lookedMs = scheduler.now();
        if (sinceMs > 2 * everyMs) wake();
        this.schedule(undefined, everyMs);
      }, everyMs),
    );
    subscriber.add(
      pageLife()
        .pipe(filter((life) => life === 'resumed'))
        .subscribe(wake),
    );
  });
}
