import { defer, EMPTY, filter, firstValueFrom, identity, merge, type Observable, takeUntil, timer } from 'rxjs';
import { type Budget, createBudget } from '../../budget/budget.js';
import type { Cadence } from '../../cadence/cadence.js';
import { isDelay } from '../../cadence/delay.js';
import { messageOf, RushesError } from '../../errors.js';
import type { Provider } from '../../providers/provider.js';
import type { TaskRef } from '../../task/ref.js';
import { guided, type PollSettings } from '../../watch/poll-source.js';
import type { ReadMemory } from '../../watch/read.js';
import { createPoller, type PollOutcome, type PollState } from '../poll-once.js';
import type { Clocks } from './fence.js';
import type { Counter } from './figures.js';
import type { Known } from './memory.js';
import { Pace } from './pace.js';

/** How long a request may wait for its budget: what waits longer takes its turn another time. */
export const ADMISSION_MS = 2_000;

/** What a provider is asked with, beside what every poll has. */
export interface AskingOptions {
  /** How many requests may start in a second. */
  readonly perSecond: number;
  readonly counter: Counter;
  readonly clocks: Clocks;
  /** Ends the requests that are under way: their tasks are no longer ours. */
  readonly letGo: Observable<unknown>;
}

/** How one provider is asked by a worker. */
export class Asking {
  readonly pace: Pace;
  readonly #poll: (task: TaskRef, state: PollState, memory: ReadMemory) => Observable<PollOutcome>;
  readonly #usual: (known: Known) => number;
  #hasAnsweredWell = false;

  constructor(
    private readonly provider: Provider,
    polling: PollSettings,
    { perSecond, counter, clocks, letGo }: AskingOptions,
  ) {
    const guidance = guided(provider.guidance, polling.random);
    const cadence = blamed(polling.cadence ?? guidance);
    // Turns keep to the pauses that a provider asks for, and there are never more of them than there may be requests.
    const unbound: Budget = { lane: () => ({ admit: () => identity, pause: () => {} }) };
    this.pace = new Pace(clocks.monotonicMs, (ms) => counter.late(ms));
    const poll = createPoller(provider, { ...polling, cadence, budget: unbound });
    this.#poll = (task, state, memory) => poll(task, state, memory).pipe(takeUntil(letGo));
    this.#usual = ({ polls, snapshot }) => {
      const seen = { polls: Math.max(polls, 1), elapsedMs: 0, sinceChangeMs: 0, ...(snapshot && { snapshot }) };
      const waitMs = cadence(seen);
      return isDelay(waitMs) ? waitMs : guidance(seen);
    };
    if (perSecond === Number.POSITIVE_INFINITY) return;
    const lane = createBudget({ concurrency: Number.POSITIVE_INFINITY, perSecond }).lane('', undefined);
    this.#poll = (task, state, memory) => {
      let isAdmitted = false;
      const tooLate = timer(ADMISSION_MS).pipe(filter(() => !isAdmitted));
      const asked = defer(() => {
        isAdmitted = true;
        if (this.pace.pausedMs > 0) return EMPTY;
        return poll(task, state, memory);
      });
      return asked.pipe(lane.admit(clocks.monotonicMs()), takeUntil(merge(tooLate, letGo)));
    };
  }

  /**
   * Asks once; `undefined` where the budget had no room in time, and where the task was let go.
   *
   * @throws `UNAUTHORIZED` where no answer was ever a good one: then it is the key, and not the task. `INVALID_ARGUMENT`
   * where no request could be sent: for a key that is none, or a transport that was closed.
   */
  async ask(task: TaskRef, state: PollState, memory: ReadMemory): Promise<PollOutcome | undefined> {
    const outcome = await firstValueFrom(this.#poll(task, state, memory), { defaultValue: undefined });
    if (!outcome) return undefined;
    const { lost, trouble } = outcome;
    if (lost?.code === 'UNAUTHORIZED' && !this.#hasAnsweredWell) throw lost;
    if (lost?.code === 'INVALID_ARGUMENT' && this.#canBeAsked(task)) throw lost;
    if (!lost && !trouble) this.#hasAnsweredWell = true;
    return outcome;
  }

  /** Whether the provider has words for a question about the task. */
  #canBeAsked(task: TaskRef): boolean {
    try {
      this.provider.ask({ kind: 'read', task });
      return true;
    } catch {
      return false;
    }
  }

  /** The wait that follows when nothing comes of a poll. */
  usualWaitMs(known: Known): number {
    return this.#usual(known);
  }
}

/** A cadence that throws is wrong for all tasks, and no trouble of NATS. */
function blamed(cadence: Cadence): Cadence {
  return (seen) => {
    try {
      return cadence(seen);
    } catch (error) {
      throw new RushesError('INVALID_ARGUMENT', `fleet.cadence threw: ${messageOf(error)}`, { cause: error });
    }
  };
}
