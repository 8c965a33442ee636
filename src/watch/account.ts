import type { Budget } from '../budget/budget.js';
import type { Lane } from '../budget/lane.js';
import type { Provider } from '../providers/provider.js';
import { type TaskRef, taskKey } from '../task/ref.js';
import type { CancelOutcome } from './backend.js';

/** How long a task that was just created may be unknown to the servers that are asked about it. */
export const notFoundGraceMs = 30_000;

/** How long a cancel is remembered: no provider is known to keep a task for longer. */
const cancelledForMs = 7 * 86_400_000;

/** A provider as it is used: what was learned of it, shared by all clients made from one another by `with`. */
export class Account {
  readonly provider: Provider;
  readonly origin: string;
  /** Whether this origin has ever answered as the API it should be; until then, a page means a wrong address. */
  hasAnsweredWell = false;
  /** Cancels under way, by task: whoever asks for the same one meanwhile gets its outcome. */
  readonly cancels = new Map<string, Promise<CancelOutcome>>();

  readonly #budget: Budget;
  #lane: Lane | undefined;
  readonly #expected = new Remembered();
  readonly #cancelled = new Remembered();

  constructor(provider: Provider, budget: Budget) {
    this.provider = provider;
    this.origin = new URL(provider.baseUrl).origin;
    this.#budget = budget;
  }

  /** Where its requests queue: with all others of the same origin and key. */
  get lane(): Lane {
    this.#lane ??= this.#budget.lane(this.origin, this.#credential());
    return this.#lane;
  }

  /** Remembers when `task` was created, so that it is not given up when a replica does not know it yet. */
  expect(task: TaskRef, createdMs: number, nowMs = createdMs): void {
    this.#expected.add(task, createdMs + notFoundGraceMs, nowMs);
  }

  /** Whether "not found" may yet turn into "found". */
  mayAppear(task: TaskRef, nowMs: number): boolean {
    return this.#expected.has(task, nowMs);
  }

  /** The task answers: from now on, not to be found means to be gone. */
  found(task: TaskRef): void {
    this.hasAnsweredWell = true;
    this.#expected.delete(task);
  }

  /** Remembers that `task` was given up by us: from then on, not to be found means to be cancelled. */
  cancelled(task: TaskRef, nowMs: number): void {
    this.#cancelled.add(task, nowMs + cancelledForMs, nowMs);
  }

  wasCancelled(task: TaskRef, nowMs: number): boolean {
    return this.#cancelled.has(task, nowMs);
  }

  /** A key that has to be fetched is known by who fetches it. */
  #credential(): unknown {
    try {
      const key = this.provider.key();
      if (typeof key === 'string') return key;
      key.catch(() => undefined);
    } catch {
      // The request itself will say what is wrong with the key.
    }
    return this.provider;
  }
}

/** Tasks that are remembered for a time. */
class Remembered {
  readonly #untilMs = new Map<string, number>();

  add(task: TaskRef, untilMs: number, nowMs: number): void {
    for (const [key, endMs] of this.#untilMs) {
      if (endMs > nowMs) break;
      this.#untilMs.delete(key);
    }
    this.#untilMs.set(taskKey(task), untilMs);
  }

  has(task: TaskRef, nowMs: number): boolean {
    return nowMs < (this.#untilMs.get(taskKey(task)) ?? Number.NEGATIVE_INFINITY);
  }

  delete(task: TaskRef): void {
    if (this.#untilMs.size > 0) this.#untilMs.delete(taskKey(task));
  }
}
