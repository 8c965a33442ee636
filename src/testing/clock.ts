import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';

/** Options of {@link createClock}. */
export interface ClockOptions {
  /**
   * What the clock shows first, in epoch milliseconds.
   *
   * @defaultValue `1_800_000_000_000`
   */
  readonly startMs?: number;
}

/** Time that moves only when it is told to: an RxJS scheduler for tests. */
export interface Clock extends SchedulerLike {
  /** How many actions are waiting; 0 after a watch has ended means that it left no timer behind. */
  readonly pending: number;
  /**
   * Moves time forward and runs everything due on the way, also what is scheduled on the way, in order of due time and
   * first come first served. After each action every promise chain settles before time moves on.
   *
   * @param ms - how far, in milliseconds
   */
  advance(ms: number): Promise<void>;
}

const DEFAULT_START_MS = 1_800_000_000_000;

/** Bodies made of blobs and forms settle over a few turns of the event loop, not in one. */
const SETTLING_TURNS = 4;

/**
 * A virtual clock.
 *
 * @example
 * ```ts
 * const clock = createClock();
 * const sim = createSimulator({ scheduler: clock });
 * const client = createClient(provider, { fetch: sim.fetch, scheduler: clock });
 * client.watch(id).subscribe(print);
 * await clock.advance(120_000);
 * ```
 */
export function createClock(options: ClockOptions = {}): Clock {
  const agenda = new Agenda(options.startMs ?? DEFAULT_START_MS);
  return {
    get pending() {
      return agenda.waiting.length;
    },
    now: () => agenda.nowMs,
    schedule: <T>(work: (this: SchedulerAction<T>, state?: T) => void, delayMs = 0, state?: T) =>
      new Appointment<T>(agenda, work).schedule(state, delayMs),
    async advance(ms) {
      const untilMs = agenda.nowMs + ms;
      await settle();
      for (let next = agenda.takeDue(untilMs); next !== undefined; next = agenda.takeDue(untilMs)) {
        next.keep();
        await settle();
      }
      agenda.nowMs = Math.max(agenda.nowMs, untilMs);
    },
  };
}

interface Waiting {
  readonly dueMs: number;
  keep(): void;
}

class Agenda {
  readonly waiting: Waiting[] = [];

  constructor(public nowMs: number) {}

  add(entry: Waiting): void {
    let index = this.waiting.length;
    while (index > 0 && (this.waiting[index - 1]?.dueMs ?? 0) > entry.dueMs) index--;
    this.waiting.splice(index, 0, entry);
  }

  remove(entry: Waiting): void {
    const index = this.waiting.indexOf(entry);
    if (index >= 0) this.waiting.splice(index, 1);
  }

  takeDue(untilMs: number): Waiting | undefined {
    const next = this.waiting[0];
    if (next === undefined || next.dueMs > untilMs) return undefined;
    this.waiting.shift();
    this.nowMs = Math.max(this.nowMs, next.dueMs);
    return next;
  }
}

class Appointment<T> extends Subscription implements SchedulerAction<T>, Waiting {
  dueMs = 0;
  private state: T | undefined;

  constructor(
    private readonly agenda: Agenda,
    private readonly work: (this: SchedulerAction<T>, state?: T) => void,
  ) {
    super(() => agenda.remove(this));
  }

  schedule(state?: T, delayMs = 0): Subscription {
    if (this.closed) return this;
    this.agenda.remove(this);
    this.state = state;
    this.dueMs = this.agenda.nowMs + Math.max(0, delayMs);
    this.agenda.add(this);
    return this;
  }

  keep(): void {
    this.work.call(this, this.state);
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < SETTLING_TURNS; turn++) await nextTurn();
}

function nextTurn(): Promise<void> {
  if (typeof setImmediate === 'function') return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
