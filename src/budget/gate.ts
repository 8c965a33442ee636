import { type MonoTypeOperatorFunction, Observable, Subscription } from 'rxjs';
import { isDelay } from '../cadence/delay.js';
import { type Due, DueQueue } from '../cadence/due-queue.js';
import type { Waits } from '../cadence/waits.js';
import type { Lane } from './lane.js';

interface Limits {
  readonly concurrency: number;
  readonly perSecond: number;
  readonly burst: number;
}

/** The longest time over which a crowd that waited out a pause is let go. */
const LONGEST_SPREAD_MS = 10_000;

/** How late a timer may be and the crowd still keep to its time; gaps can be shorter than any timer. */
const MADE_UP_MS = 100;

/** One door for all lanes: counts who is inside, and opens again when time or someone's leaving makes room. */
export class Gate {
  readonly #limits: Limits;
  readonly #waits: Waits;
  readonly #lanes: LaneQueue[] = [];
  #inside = 0;
  #tokens: number;
  #countedAtMs = Number.NEGATIVE_INFINITY;
  #reopening: Subscription | undefined;
  #isLetting = false;

  constructor(limits: Limits, waits: Waits) {
    this.#limits = limits;
    this.#waits = waits;
    this.#tokens = limits.burst;
  }

  openLane(): Lane {
    const lane = new LaneQueue(this, () => this.#waits.now());
    this.#lanes.push(lane);
    return lane;
  }

  /** Starts whoever may start now, oldest due first, and comes back when the next one may. */
  letIn(): void {
    // Someone's start can end another's request in the same breath; one loop sees to all of them, in order.
    if (this.#isLetting) return;
    this.#isLetting = true;
    try {
      for (let lane = this.#nextLane(); lane; lane = this.#nextLane()) {
        this.#inside++;
        this.#tokens--;
        lane.start();
      }
    } finally {
      this.#isLetting = false;
    }
    this.#comeBack();
  }

  leave(): void {
    this.#inside--;
    this.letIn();
  }

  get #isFull(): boolean {
    return this.#inside + 1 > this.#limits.concurrency;
  }

  #nextLane(): LaneQueue | undefined {
    if (this.#isFull) return undefined;
    const now = this.#waits.now();
    this.#countTokens(now);
    if (this.#tokens < 1) return undefined;
    let next: LaneQueue | undefined;
    for (const lane of this.#lanes) {
      if (lane.opensAtMs <= now && lane.oldestMs < (next?.oldestMs ?? Number.POSITIVE_INFINITY)) next = lane;
    }
    return next;
  }

  #countTokens(now: number): void {
    const { perSecond, burst } = this.#limits;
    const earned = perSecond === Number.POSITIVE_INFINITY ? burst : ((now - this.#countedAtMs) * perSecond) / 1_000;
    this.#tokens = Math.min(burst, this.#tokens + Math.max(earned, 0));
    this.#countedAtMs = now;
  }

  #comeBack(): void {
    this.#reopening?.unsubscribe();
    this.#reopening = undefined;
    if (this.#isFull) return;
    const waiting = this.#lanes.filter((lane) => lane.oldestMs !== Number.POSITIVE_INFINITY);
    if (waiting.length === 0) return;
    const opensInMs = Math.min(...waiting.map((lane) => lane.opensAtMs)) - this.#waits.now();
    // Counted from the missing share, however small: a sum with the time would round it off and come back at once for ever.
    const earnedInMs = Math.max(1 - this.#tokens, 0) * (1_000 / this.#limits.perSecond);
    this.#reopening = this.#waits.schedule(() => this.letIn(), Math.ceil(Math.max(opensInMs, earnedInMs, 0)));
  }
}

/** Who waits in one lane, and until when the lane is closed. */
class LaneQueue implements Lane {
  opensAtMs = Number.NEGATIVE_INFINITY;
  readonly #queue = new DueQueue<Admission>();
  readonly #gate: Gate;
  readonly #now: () => number;
  #pausedForMs = 0;
  #gapMs = 0;
  #spreadUntilMs = 0;

  constructor(gate: Gate, now: () => number) {
    this.#gate = gate;
    this.#now = now;
  }

  /** When the oldest request here was due; `Infinity` when none waits. */
  get oldestMs(): number {
    return this.#queue.first?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  admit<T>(dueMs: number): MonoTypeOperatorFunction<T> {
    return (source) =>
      new Observable<T>((subscriber) => {
        const admission = new Admission(this, dueMs, () => {
          // A request that is left is gone before another has its place.
          subscriber.remove(admission);
          source.subscribe(subscriber);
          subscriber.add(admission);
        });
        // Who comes to an empty lane after a pause has not waited it out, and is no crowd.
        if (this.#queue.size === 0 && this.opensAtMs <= this.#now()) this.#pausedForMs = 0;
        this.#queue.add(admission);
        subscriber.add(admission);
        this.#gate.letIn();
      });
  }

  pause(ms: number): void {
    if (!isDelay(ms)) return;
    const now = this.#now();
    if (now + ms <= this.opensAtMs && this.#gapMs === 0) return;
    this.opensAtMs = Math.max(this.opensAtMs, now + ms);
    this.#pausedForMs = Math.min(this.opensAtMs - now, LONGEST_SPREAD_MS);
    this.#gapMs = 0;
    this.#gate.letIn();
  }

  start(): void {
    const first = this.#queue.first;
    if (!first) return;
    this.#queue.remove(first);
    this.#spread();
    first.start();
  }

  leave(admission: Admission): void {
    this.#queue.remove(admission);
    if (admission.isInside) this.#gate.leave();
    else this.#gate.letIn();
  }

  /** The first to start after a pause sets the pace for the crowd that waited with it, and how long it is kept. */
  #spread(): void {
    const now = this.#now();
    if (this.#pausedForMs > 0) {
      this.#gapMs = this.#pausedForMs / Math.max(this.#queue.size, 1);
      this.#spreadUntilMs = now + this.#pausedForMs;
      this.#pausedForMs = 0;
    }
    if (this.#queue.size === 0 || now > this.#spreadUntilMs) this.#gapMs = 0;
    if (this.#gapMs > 0) this.opensAtMs = Math.max(this.opensAtMs, now - MADE_UP_MS) + this.#gapMs;
  }
}

/** One request's way through the door. */
class Admission extends Subscription implements Due {
  order = 0;
  place = -1;
  isInside = false;

  constructor(
    private readonly lane: LaneQueue,
    public dueMs: number,
    private readonly begin: () => void,
  ) {
    super();
  }

  start(): void {
    this.isInside = true;
    this.begin();
  }

  override unsubscribe(): void {
    if (this.closed) return;
    super.unsubscribe();
    this.lane.leave(this);
  }
}
