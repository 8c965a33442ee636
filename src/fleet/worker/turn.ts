import { toCloudEvent } from '../../bridges/envelope/cloud-event.js';
import { type LostError, RushesError } from '../../errors.js';
import type { TaskEvent } from '../../operators/task-event.js';
import type { TaskRef } from '../../task/ref.js';
import { isSameNews } from '../../task/sameness.js';
import type { Snapshot } from '../../task/snapshot.js';
import type { ReadMemory } from '../../watch/read.js';
import type { EventLog } from '../events.js';
import type { PollOutcome, PollState } from '../poll-once.js';
import type { WatchOrder } from '../watch-order.js';
import type { Delivery } from './delivery.js';
import type { Known, Memory } from './memory.js';
import type { Pace } from './pace.js';

/** How one provider is asked. */
export interface Asked {
  readonly pace: Pace;
  /** Asks once; `undefined` where the budget had no room in time. */
  ask(task: TaskRef, state: PollState, memory: ReadMemory): Promise<PollOutcome | undefined>;
  /** The wait that follows when nothing comes of a poll. */
  usualWaitMs(known: Known): number;
}

/** What turns are taken with. */
export interface Tools {
  readonly events: EventLog;
  readonly memory: Memory;
  readonly asking: Asked;
  /** The server's clock, in epoch milliseconds. */
  serverNow(): number;
  /** A clock that only runs forward, in milliseconds. */
  now(): number;
  /** Numbers in [0, 1). */
  random(): number;
}

/** What became of news: `over` where the watch had ended meanwhile, `late` where others always came before. */
export type Told = 'told' | 'over' | 'late' | 'left';

/** What became of a turn. `left`: it was not surely ours any more, so nothing was said. */
export type Result =
  | { readonly kind: 'left' | 'put-off' | 'over' | 'lost' }
  | {
      readonly kind: 'polled';
      readonly outcome: PollOutcome;
      readonly told: Told | undefined;
      readonly end?: 'finished' | 'lost';
    };

/** The least that a turn is put off, so that none goes round and round. */
const AWHILE_MS = 250;
/** Turns that come so little early are taken: timers are no better. */
const EARLY_MS = 100;

/** How long after a pause those who waited it out come back, so that they are no crowd. */
const LONGEST_SPREAD_MS = 10_000;

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
  readonly #generation: number;
  #order: WatchOrder | undefined;

  constructor(
    private readonly delivery: Delivery,
    private readonly tools: Tools,
  ) {
    this.#task = delivery.task;
    this.#generation = delivery.generation;
  }

  async take(): Promise<Result> {
    const { delivery, tools } = this;
    if (!delivery.isHeld()) return { kind: 'left' };
    const known = tools.memory.find(this.#task, this.#generation) ?? (await this.#look());
    if (!delivery.isHeld()) return { kind: 'left' };
    if (known.standing !== 'live') return this.#over();
    known.order ??= delivery.order;
    this.#order = known.order;
    const { order } = known;
    if (!order) return this.#conclude(known, unreadable(this.#task));

    known.came(delivery.count);
    const restMs = this.#earlyMs(known);
    if (restMs > 0 && !this.#isOverdue) return this.#putOff(restMs);
    if (known.dueMs !== undefined) tools.asking.pace.late(tools.now() - known.dueMs);
    if (delivery.count === 1) tools.asking.pace.newCame();
    if (delivery.isAheadOfNew && !this.#isOverdue && tools.asking.pace.makesWay())
      return this.#putOff(this.#awhile(known));
    const { pausedMs } = tools.asking.pace;
    if (pausedMs > 0 && !this.#isOverdue) {
      const waitMs = pausedMs + tools.random() * Math.min(pausedMs, LONGEST_SPREAD_MS);
      // Who waits out a pause is not late.
      known.dueMs = tools.now() + waitMs;
      return this.#putOff(waitMs);
    }
    const outcome =
      pausedMs > 0
        ? undefined
        : await tools.asking.ask(this.#task, this.#stateOf(known, order), known.memoryOf(this.#task));
    if (!delivery.isHeld()) return { kind: 'left' };
    if (outcome) return this.#answered(known, outcome);
    return this.#isOverdue ? this.#conclude(known, this.#expired(known)) : this.#putOff(this.#awhile(known));
  }

  async #look(): Promise<Known> {
    const last = await this.tools.events.last(this.#task);
    return this.tools.memory.note(this.#task, this.#generation, last);
  }

  async #answered(known: Known, outcome: PollOutcome): Promise<Result> {
    const { trouble, next } = outcome;
    known.answered(trouble !== undefined);
    const isPause = trouble && (trouble.code === 'RATE_LIMITED' || trouble.retryAfterMs !== undefined);
    if (isPause && next !== 'done') this.tools.asking.pace.pause(next);
    const lost =
      outcome.lost ?? (next !== 'done' && this.#isOverdue ? this.#expired(known, outcome.snapshot) : undefined);
    const news = lost ? this.#lostEvent(lost) : newsIn(outcome, known.snapshot);
    const told = news ? await this.#tell(known, news) : 'told';
    if (told === 'left' || !this.delivery.isHeld()) return { kind: 'left' };
    const result = { kind: 'polled', outcome, told: news && told } as const;
    const end = lost ? 'lost' : next === 'done' ? 'finished' : undefined;
    if (told === 'late' || (told === 'told' && !end)) {
      this.#wait(known, next === 'done' ? this.tools.asking.usualWaitMs(known) : next);
      return result;
    }
    await this.#over();
    return told === 'told' && end ? { ...result, end } : result;
  }

  /** Stores news as what follows the last. What others stored meanwhile is read, and followed once. */
  async #tell(known: Known, news: TaskEvent): Promise<Told> {
    const { events, serverNow } = this.tools;
    // A turn of ours that came before may have heard only now what became of its own news.
    if (known.standing !== 'live') return 'over';
    for (let isSecond = false; ; isSecond = true) {
      const seq = await events.append(toCloudEvent(news, serverNow()), this.#generation, known.seq);
      if (seq !== undefined) {
        known.take({ seq, storedMs: serverNow(), generation: this.#generation, told: news });
        return 'told';
      }
      const last = await events.last(this.#task);
      known.take(last);
      if (known.standing !== 'live') return 'over';
      // It was forgotten and submitted anew: what there is to say is for that watch.
      if ((last.generation ?? 0) > this.#generation) return 'left';
      if (news.kind === 'snapshot' && !newsIn(news, known.snapshot)) return 'told';
      if (!this.delivery.isHeld()) return 'left';
      if (isSecond) return 'late';
    }
  }

  /** Publishes that the watch is lost, and ends it. */
  async #conclude(known: Known, error: LostError): Promise<Result> {
    const told = await this.#tell(known, this.#lostEvent(error));
    if (told === 'left' || !this.delivery.isHeld()) return { kind: 'left' };
    if (told === 'late') return this.#putOff(this.#awhile(known));
    if (this.#order || told === 'over') return this.#over(told === 'over' ? 'over' : 'lost');
    this.tools.memory.forget(this.#task);
    this.delivery.term();
    return { kind: 'lost' };
  }

  async #over(kind: 'over' | 'lost' = 'over'): Promise<Result> {
    this.tools.memory.forget(this.#task);
    await this.delivery.ack();
    return { kind };
  }

  #putOff(ms: number): Result {
    this.delivery.nak(Math.min(ms, this.#untilDeadlineMs));
    return { kind: 'put-off' };
  }

  #wait(known: Known, ms: number): void {
    const { asking, random, now } = this.tools;
    // Those who start together would else stay together.
    const waitMs = Math.min(asking.pace.stretched(ms) * (1 + random() / 10), this.#untilDeadlineMs);
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

  get #untilDeadlineMs(): number {
    if (!this.#order) return 0;
    return Math.max(this.delivery.submittedMs + this.#order.deadlineMs - this.tools.serverNow(), 0);
  }

  get #isOverdue(): boolean {
    return this.#untilDeadlineMs === 0;
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

function newsIn({ snapshot }: { readonly snapshot?: Snapshot }, known: Snapshot | undefined): TaskEvent | undefined {
  if (!snapshot || (known && isSameNews(known, snapshot))) return undefined;
  return { kind: 'snapshot', task: snapshot.task, snapshot };
}

function unreadable(task: TaskRef): LostError {
  const message = 'what was submitted for the task is no order of a watch that this version can read';
  return new RushesError('INVALID_ARGUMENT', message, { task }) as LostError;
}
