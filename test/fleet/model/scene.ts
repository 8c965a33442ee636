import type { CloudEvent } from '../../../src/bridges/envelope/cloud-event.js';
import { readCloudEvent } from '../../../src/bridges/envelope/from-cloud-event.js';
import { type LostError, RushesError } from '../../../src/errors.js';
import type { EventLog, LastEvent } from '../../../src/fleet/events.js';
import type { PollOutcome, PollState } from '../../../src/fleet/poll-once.js';
import type { WatchOrder } from '../../../src/fleet/watch-order.js';
import type { Delivery } from '../../../src/fleet/worker/delivery.js';
import { Memory } from '../../../src/fleet/worker/memory.js';
import { Pace } from '../../../src/fleet/worker/pace.js';
import { type Result, takeTurn } from '../../../src/fleet/worker/turn.js';
import type { TaskRef } from '../../../src/task/ref.js';
import type { Snapshot } from '../../../src/task/snapshot.js';

export const ref: TaskRef = { provider: 'p', id: 'task_1' };
export const GENERATION = 7;
/** Its watch. */
export const watch = { generation: GENERATION, submittedMs: 1_000_000 };

export function snapshot(facts: object = {}): Snapshot {
  return { task: ref, status: 'in_progress', providerStatus: '', ...facts } as Snapshot;
}

export const completed = snapshot({ status: 'completed', videoUrl: 'https://cdn.test/v.mp4' });

export function lostBy(code: 'NOT_FOUND' | 'DEADLINE' | 'SOURCE_ENDED' = 'NOT_FOUND'): LostError {
  return new RushesError(code, 'gone', { task: ref }) as LostError;
}

export function troubleBy(code: 'UNAVAILABLE' | 'RATE_LIMITED', retryAfterMs?: number): RushesError {
  return new RushesError(code, 'busy', { task: ref, retryable: true, retryAfterMs });
}

/** What is in the log of a task's news, and how it may be spoiled. */
class Log implements EventLog {
  readonly stored: LastEvent[] = [];
  /** Whatever was published: what was told, of which watch, and as what follows which. */
  readonly published: { readonly type: string; readonly generation: number; readonly after: number }[] = [];
  readonly payloads: CloudEvent[] = [];
  reads = 0;
  /** Done by others just before each publish is stored. */
  meanwhile: () => void = () => undefined;
  /** Done just before a read is answered. */
  reading: () => void = () => undefined;
  failure: Error | undefined;

  /** Others publish. */
  add(last: Omit<LastEvent, 'seq'>): this {
    this.stored.push({ seq: (this.stored.at(-1)?.seq ?? 40) + 1, ...last });
    return this;
  }

  async last(): Promise<LastEvent> {
    this.reads++;
    this.reading();
    if (this.failure) throw this.failure;
    return this.stored.at(-1) ?? { seq: 0 };
  }

  async append(event: CloudEvent, generation: number, after: number): Promise<number | undefined> {
    if (this.failure) throw this.failure;
    this.meanwhile();
    this.published.push({ type: event.type, generation, after });
    this.payloads.push(event);
    if (this.payloads.length > 20) throw new Error('it publishes for ever');
    if (after !== (this.stored.at(-1)?.seq ?? 0)) return undefined;
    const told = readCloudEvent(JSON.stringify(event))?.told;
    if (!told) throw new Error('nobody could read it');
    this.add({ generation, storedMs: 0, told });
    return this.stored.at(-1)?.seq;
  }
}

/** One worker, and the turns of a task that it takes. */
export class Scene {
  readonly log = new Log();
  readonly memory = new Memory(10);
  readonly late: number[] = [];
  readonly pace = new Pace(
    () => this.now,
    (ms) => this.late.push(ms),
  );
  /** What was said of each turn: `ack`, `nak 2000`, `term`. */
  readonly said: string[] = [];
  /** What was known when the provider was asked. */
  readonly asked: PollState[] = [];
  /** The worker's own clock, and the server's. */
  now = 0;
  serverNow = 1_000_000;
  random = 0;
  usualWaitMs = 2_000;
  /** Done while the provider is asked. */
  asking: () => void = () => undefined;
  isHeld: () => boolean = () => true;

  #count = 0;

  pass(ms: number): void {
    this.now += ms;
    this.serverNow += ms;
  }

  /** A turn of a task that was submitted at 1,000,000 of the server's clock, at which the provider gives the answer. */
  async turn(answer?: PollOutcome | Error, given: Partial<Delivery> & { orderWith?: Partial<WatchOrder> } = {}) {
    const { orderWith, ...delivered } = given;
    this.#count = given.count ?? this.#count + 1;
    // Each turn may be of another order.
    const known = this.memory.find(watch);
    if (known) known.order = undefined;
    const delivery: Delivery = {
      task: ref,
      ...watch,
      order: { ref, deadlineMs: Number.POSITIVE_INFINITY, isNew: false, ...orderWith },
      isAheadOfNew: false,
      count: this.#count,
      isHeld: () => this.isHeld(),
      ack: async () => this.said.push('ack'),
      nak: (ms) => this.said.push(`nak ${ms}`),
      term: () => this.said.push('term'),
      ...delivered,
    };
    const ask = async (_: unknown, state: PollState) => {
      this.asked.push(state);
      this.asking();
      if (answer instanceof Error) throw answer;
      return answer;
    };
    return takeTurn(delivery, {
      events: this.log,
      memory: this.memory,
      asking: { pace: this.pace, ask, usualWaitMs: () => this.usualWaitMs },
      now: () => this.now,
      serverNow: () => this.serverNow,
      random: () => this.random,
    });
  }
}

/** What is live, to be asked again in 5 s. */
export function live(facts: object = {}): PollOutcome {
  return { snapshot: snapshot(facts), next: 5_000 };
}

export const finished: PollOutcome = { snapshot: completed, next: 'done' };

/** A result in a few words. */
export function wordsOf(result: Result): string {
  if (result.kind !== 'polled') return result.kind;
  return ['polled', result.told ?? 'no news', result.end ?? 'goes on'].join(', ');
}
