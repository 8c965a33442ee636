import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { Waits } from '../cadence/waits.js';
import { invalidArgument } from '../errors.js';
import { Gate } from './gate.js';
import type { Lane } from './lane.js';

/** How much may be asked. */
export interface BudgetOptions {
  /** Requests under way at once; `Infinity` for any number. @defaultValue 32 */
  readonly concurrency?: number;
  /** Requests started per second; `Infinity` for any number. @defaultValue `Infinity` */
  readonly perSecond?: number;
  /** Requests that may start together after a quiet time, where `perSecond` is limited. @defaultValue 1 */
  readonly burst?: number;
  /** @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
}

/** The defaults of {@link BudgetOptions}. */
export const budgetDefaults = Object.freeze({
  concurrency: 32,
  perSecond: Number.POSITIVE_INFINITY,
  burst: 1,
} satisfies BudgetOptions);

/** How much may be asked, shared by all who are given it. */
export interface Budget {
  /** The lane of an origin and a credential: equal ones share a lane. */
  lane(origin: string, credential: unknown): Lane;
}

/**
 * A budget to share between clients.
 *
 * In any span of `t` seconds at most `burst + perSecond · t` requests start, and at most `concurrency` are under way.
 *
 * @throws `INVALID_ARGUMENT` when an option is out of its range.
 * @example
 * ```ts
 * const budget = createBudget({ concurrency: 8, perSecond: 5, burst: 10 });
 * const studio = createClient(cometapi({ apiKey }), { budget });
 * const archive = createClient(infinityBlue({ apiKey: other }), { budget });
 * ```
 */
export function createBudget(options: BudgetOptions = {}): Budget {
  const {
    concurrency = budgetDefaults.concurrency,
    perSecond = budgetDefaults.perSecond,
    burst = budgetDefaults.burst,
    scheduler = asyncScheduler,
  } = options;
  if (!(typeof concurrency === 'number' && concurrency >= 1))
    throw invalidArgument('budget.concurrency', 'a number, 1 or more, or Infinity', concurrency);
  if (!(typeof perSecond === 'number' && perSecond > 0))
    throw invalidArgument('budget.perSecond', 'a number above 0, or Infinity', perSecond);
  if (!(Number.isFinite(burst) && burst >= 1))
    throw invalidArgument('budget.burst', 'a finite number, 1 or more', burst);

  const gate = new Gate({ concurrency, perSecond, burst }, new Waits(scheduler));
  const lanes = new Map<string, Map<unknown, Lane>>();
  return Object.freeze({
    lane(origin: string, credential: unknown): Lane {
      const ofOrigin = lanes.get(origin) ?? new Map<unknown, Lane>();
      const lane = ofOrigin.get(credential) ?? gate.openLane();
      lanes.set(origin, ofOrigin.set(credential, lane));
      return lane;
    },
  });
}
