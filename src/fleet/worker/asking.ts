import { defer, EMPTY, filter, firstValueFrom, identity, type Observable, takeUntil, timer } from 'rxjs';
import { type Budget, createBudget } from '../../budget/budget.js';
import type { Lane } from '../../budget/lane.js';
import type { Cadence } from '../../cadence/cadence.js';
import { messageOf, RushesError } from '../../errors.js';
import type { Provider } from '../../providers/provider.js';
import type { TaskRef } from '../../task/ref.js';
import { cadenceOf, type PollSettings } from '../../watch/poll-source.js';
import type { ReadMemory } from '../../watch/read.js';
import { ADMISSION_MS } from '../hold.js';
import { createPoller, type Poller, type PollOutcome, type PollState } from '../poll-once.js';
import type { Clocks } from './fence.js';
import type { Counter } from './figures.js';
import type { Known } from './memory.js';
import { Pace } from './pace.js';
import type { Asked } from './turn.js';

/** What a provider is asked with, beside what every poll has. */
export interface AskingOptions {
  /** How many requests may start in a second. */
  readonly perSecond: number;
  readonly counter: Counter;
  readonly clocks: Clocks;
  /** Ends the requests that are under way: their tasks are no longer ours. */
  readonly letGo: Observable<unknown>;
}

type Turn = Parameters<Asked['ask']>[0];

/** How one provider is asked by a worker. */
export class Asking implements Asked {
  readonly pace: Pace;
  readonly #poll: Poller;
  readonly #cadence: Cadence;
  readonly #lane: Lane | undefined;
  #hasAnsweredWell = false;

  constructor(
    private readonly provider: Provider,
    private readonly polling: PollSettings,
    private readonly options: AskingOptions,
  ) {
    const { perSecond, counter, clocks } = options;
    this.pace = new Pace(clocks.monotonicMs, (ms) => counter.late(ms));
    this.#cadence = cadenceOf(provider, { ...polling, cadence: polling.cadence && blamed(polling.cadence) });
    // There are never more turns than there may be requests, and what pauses is not a request but its turn.
    const unbound: Budget = { lane: () => ({ admit: () => identity, pause: (ms) => this.pace.pause(ms) }) };
    this.#poll = createPoller(provider, { ...polling, cadence: this.#cadence, budget: unbound });
    if (perSecond === Number.POSITIVE_INFINITY) return;
    this.#lane = createBudget({ concurrency: Number.POSITIVE_INFINITY, perSecond }).lane('', undefined);
  }

  /**
   * Asks once; `undefined` where the budget had no room for a request, or it would not surely end while the turn is held.
   *
   * @throws `UNAUTHORIZED` where no answer was ever a good one: then it is the key, and not the task. `INVALID_ARGUMENT`
   * where no request could be sent: for a key that is none, or a transport that was closed.
   */
  async ask(turn: Turn, state: PollState, memory: ReadMemory): Promise<PollOutcome | undefined> {
    const asked = this.#lane ? this.#admitted(this.#lane, turn, state, memory) : this.#begin(turn, state, memory);
    const outcome = await firstValueFrom(asked.pipe(takeUntil(this.options.letGo)), { defaultValue: undefined });
    if (!outcome) return undefined;
    const { lost, trouble } = outcome;
    if (lost?.code === 'UNAUTHORIZED' && !this.#hasAnsweredWell) throw lost;
    if (lost?.code === 'INVALID_ARGUMENT' && this.#canBeAsked(turn.task)) throw lost;
    if (!lost && !trouble) this.#hasAnsweredWell = true;
    return outcome;
  }

  /** The wait that follows when nothing comes of a poll. */
  usualWaitMs({ polls, snapshot }: Known): number {
    return this.#cadence({ polls: Math.max(polls, 1), elapsedMs: 0, sinceChangeMs: 0, ...(snapshot && { snapshot }) });
  }

  #admitted(lane: Lane, turn: Turn, state: PollState, memory: ReadMemory): Observable<PollOutcome> {
    let isAdmitted = false;
    const tooLate = timer(ADMISSION_MS).pipe(filter(() => !isAdmitted));
    const asked = defer(() => {
      isAdmitted = true;
      return this.#begin(turn, state, memory);
    });
    return asked.pipe(lane.admit(this.options.clocks.monotonicMs()), takeUntil(tooLate));
  }

  #begin(turn: Turn, state: PollState, memory: ReadMemory): Observable<PollOutcome> {
    if (this.pace.pausedMs > 0 || !turn.isHeld(this.polling.requestTimeoutMs)) return EMPTY;
    return this.#poll(turn.task, state, memory);
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
