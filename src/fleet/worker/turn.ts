import { type LostError, RushesError } from '../../errors.js';
import type { TaskEvent } from '../../operators/task-event.js';
import type { TaskRef } from '../../task/ref.js';
import type { ReadMemory } from '../../watch/read.js';
import type { PollOutcome, PollState } from '../poll-once.js';
import type { WatchOrder } from '../watch-order.js';
import type { Delivery } from './delivery.js';
import type { Known, Memory } from './memory.js';
import type { Pace } from './pace.js';
import { newsIn, type Teller, type Told, tell } from './tell.js';

/** How one provider is asked. */
export interface Asked {
  readonly pace: Pace;
  /** Asks once, while the turn is held; `undefined` where the budget had no room for a request, or it no time. */
  ask(turn: Pick<Delivery, 'task' | 'isHeld'>, state: PollState, memory: ReadMemory): Promise<PollOutcome | undefined>;
  /** The wait that follows when nothing comes of a poll. */
  usualWaitMs(known: Known): number;
}

/** What turns are taken with. */
export interface Tools extends Teller {
  readonly memory: Memory;
  readonly asking: Asked;
  /** A clock that only runs forward, in milliseconds. */
  now(): number;
  /** Numbers in [0, 1). */
  random(): number;
}

/** What became of a turn. `left`: it was not surely ours any more, so nothing was said. */
export type Result =
  | { readonly kind: 'left' | 'put-off' | 'over' | 'lost' }
  | {
      readonly kind: 'polled';
      readonly outcome: PollOutcome;
      /** Absent where there was nothing to tell. */
      readonly told: Told | undefined;
      readonly end?: 'finished' | 'lost';
    };

/** The least that a turn is put off, so that none goes round and round. */
const AWHILE_MS = 250;

/** Turns that come so little early are taken: timers are no better. */
const EARLY_MS = 100;

/** How long after a pause those who waited it out come back, so that they are no crowd. */
const LONGEST_SPREAD_MS = 10_000;

/** How long a last read that finds no room, or is refused for a pause, is tried again. */
const LONGEST_REFUSAL_MS = 3_600_000;

/**
 * Takes a task's turn: looks at the last news if that is unknown, asks once, publishes what is new as what follows that
 * news, and says when the next turn is. Whatever breaks off between two of its lines, another turn comes, and finds what
 * was done.
 *
 * @throws What the bus fails with, and what `ask` throws: no turn is lost by it.
 */
export function takeTurn(delivery: Delivery, tools: Tools): Promise<Result> {
  return new Turn(delivery, tools).take();
}

class Turn {
  readonly #task: TaskRef;
  #order: WatchOrder | undefined;

  constructor(
    private readonly delivery: Delivery,
    private readonly tools: Tools,
  ) {
    this.#task = delivery.task;
  }

  async take(): Promise<Result> {
    const { delivery, tools } = this;
    if (!delivery.isHeld()) return { kind: 'left' };
    const known = tools.memory.find(delivery) ?? (await this.#look());
    if (!delivery.isHeld()) return { kind: 'left' };
    if (known.standing !== 'live') return this.#over();
    known.order ??= delivery.order;
    this.#order = known.order;
    const { order } = known;
    if (!order) return this.#conclude(known, unreadable(this.#task));

    const { pace } = tools.asking;
    known.came(delivery.count);
    const isOverdue = this.#leftMs <= 0;
    const restMs = this.#earlyMs(known);
    if (restMs > 0 && !isOverdue) return this.#putOff(restMs);
    if (known.dueMs !== undefined) pace.late(tools.now() - known.dueMs);
    if (delivery.count === 1) pace.newCame();
    if (delivery.isAheadOfNew && !isOverdue && pace.makesWay()) return this.#putOff(this.#awhile(known));
    const outcome =
      pace.pausedMs > 0 ? undefined : await tools.asking.ask(delivery, this.#stateOf(known, order), known.heard);
    if (!delivery.isHeld()) return { kind: 'left' };
    return outcome ? this.#answered(known, outcome) : this.#unasked(known);
  }

  async #look(): Promise<Known> {
    const last = await this.tools.events.last(this.#task);
    return this.tools.memory.note(this.#task, this.delivery, last);
  }

  async #answered(known: Known, outcome: PollOutcome): Promise<Result> {
    const { trouble, next, snapshot } = outcome;
    const { pace } = this.tools.asking;
    known.answered(trouble !== undefined);
    if (trouble?.code === 'RATE_LIMITED' && next !== 'done') pace.refused(next);
    if (!trouble) pace.accepted();
    const isRefused = trouble?.code === 'RATE_LIMITED' || trouble?.retryAfterMs !== undefined;
    const isOver =
      next !== 'done' && this.#leftMs <= 0 && !(isRefused && pace.pausedMs > 0 && this.#mayBeRefused(known));
    const lost = outcome.lost ?? (isOver ? this.#expired(known, snapshot) : undefined);
    const news = lost ? this.#lostEvent(lost) : newsIn(snapshot, known.snapshot);
    const told = news && (await tell(news, known, this.delivery, this.tools));
    if (told === 'left' || !this.delivery.isHeld()) return { kind: 'left' };
    const result = { kind: 'polled', outcome, told } as const;
    const end = lost ? 'lost' : next === 'done' ? 'finished' : undefined;
    if (told === 'late' || (told !== 'over' && !end)) {
      this.#wait(known, lost || next === 'done' ? this.tools.asking.usualWaitMs(known) : next);
      return result;
    }
    await this.#over();
    return end && told !== 'over' ? { ...result, end } : result;
  }

  /** The provider wants no request now, or there is no room for one. */
  #unasked(known: Known): Result | Promise<Result> {
    const { now, random, asking } = this.tools;
    if (this.#leftMs <= 0 && !this.#mayBeRefused(known)) return this.#conclude(known, this.#expired(known));
    const { pausedMs } = asking.pace;
    if (pausedMs === 0) return this.#putOff(this.#awhile(known));
    const waitMs = pausedMs + random() * Math.min(pausedMs, LONGEST_SPREAD_MS);
    // Who waits out a pause is not late.
    known.dueMs = now() + waitMs;
    return this.#putOff(waitMs);
  }

  /** Whether a last read that cannot be now is tried again: an end that is there to be read must not be missed. */
  #mayBeRefused(known: Known): boolean {
    const now = this.tools.now();
    known.refusedSinceMs ??= now;
    return now - known.refusedSinceMs <= LONGEST_REFUSAL_MS;
  }

  /** Publishes that the watch is lost, and ends it. */
  async #conclude(known: Known, error: LostError): Promise<Result> {
    const told = await tell(this.#lostEvent(error), known, this.delivery, this.tools);
    if (told === 'left' || !this.delivery.isHeld()) return { kind: 'left' };
    if (told === 'late') return this.#putOff(this.#awhile(known));
    if (this.#order || told === 'over') return this.#over(told === 'over' ? 'over' : 'lost');
    this.tools.memory.forget(this.delivery);
    this.delivery.term();
    return { kind: 'lost' };
  }

  async #over(kind: 'over' | 'lost' = 'over'): Promise<Result> {
    this.tools.memory.forget(this.delivery);
    await this.delivery.ack();
    return { kind };
  }

  #putOff(ms: number): Result {
    this.delivery.nak(this.#byDeadline(ms));
    return { kind: 'put-off' };
  }

  #wait(known: Known, ms: number): void {
    const { asking, random, now } = this.tools;
    // Those who start together would else stay together.
    const waitMs = this.#byDeadline(asking.pace.stretched(ms) * (1 + random() / 10));
    known.dueMs = now() + waitMs;
    this.delivery.nak(waitMs);
  }

  #awhile(known: Known): number {
    return Math.max(this.tools.random() * this.tools.asking.usualWaitMs(known), AWHILE_MS);
  }

  /** How much too early this turn is: a restarted server hands out what should wait. */
  #earlyMs(known: Known): number {
    const { now, serverNow, asking } = this.tools;
    if (known.dueMs !== undefined) {
      const restMs = known.dueMs - now();
      return restMs > EARLY_MS ? restMs : 0;
    }
    const ageMs = serverNow() - (known.storedMs ?? Number.NEGATIVE_INFINITY);
    // Another worker told news so lately that it cannot be time yet; after now, it was by a clock that was set back.
    return ageMs < 0 ? 0 : Math.max(asking.usualWaitMs(known) / 2 - ageMs, 0);
  }

  /** How long until the deadline; below 0 after it. What cannot be read has none. */
  get #leftMs(): number {
    const deadlineMs = this.#order?.deadlineMs ?? Number.POSITIVE_INFINITY;
    return this.delivery.submittedMs + deadlineMs - this.tools.serverNow();
  }

  /** A wait that is over when the deadline comes, unless that has come. */
  #byDeadline(ms: number): number {
    const leftMs = this.#leftMs;
    return leftMs > 0 ? Math.min(ms, leftMs) : ms;
  }

  #stateOf({ snapshot, failures, polls, storedMs }: Known, order: WatchOrder): PollState {
    const { submittedMs } = this.delivery;
    const watchedMs = Math.max(this.tools.serverNow() - submittedMs, 0);
    return {
      seed: snapshot,
      failures,
      polls,
      ageMs: order.isNew && !snapshot ? watchedMs : undefined,
      elapsedMs: watchedMs,
      sinceChangeMs: storedMs === undefined ? watchedMs : Math.max(this.tools.serverNow() - storedMs, 0),
    };
  }

  #lostEvent(error: LostError): TaskEvent {
    return { kind: 'lost', task: this.#task, error };
  }

  #expired(known: Known, lastSnapshot = known.snapshot): LostError {
    const within = this.#order?.deadlineMs;
    const details = { task: this.#task, lastSnapshot, retryable: true };
    return new RushesError('DEADLINE', `the task did not end within ${within} ms of its submit`, details) as LostError;
  }
}

function unreadable(task: TaskRef): LostError {
  const message = 'what was submitted for the task is no order of a watch that this version can read';
  return new RushesError('INVALID_ARGUMENT', message, { task }) as LostError;
}
