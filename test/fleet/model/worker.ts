import { expect } from 'vitest';
import { StreamEvents } from '../../../src/fleet/events.js';
import type { PollOutcome, PollState } from '../../../src/fleet/poll-once.js';
import { decodeOrder } from '../../../src/fleet/watch-order.js';
import { type Delivery, deliveryOf } from '../../../src/fleet/worker/delivery.js';
import { Memory } from '../../../src/fleet/worker/memory.js';
import { Pace } from '../../../src/fleet/worker/pace.js';
import type { Pulled } from '../../../src/fleet/worker/pull.js';
import { type Result, takeTurn } from '../../../src/fleet/worker/turn.js';
import type { TaskRef } from '../../../src/task/ref.js';
import { holdMs, layout, type ModelServer, type Work } from './server.js';
import type { Wire } from './wire.js';

/** A request to the provider that is not answered yet. */
export interface OpenPoll {
  readonly owner: object;
  readonly task: TaskRef;
  readonly generation: number;
  readonly state: PollState;
  isHeld(): boolean;
  answer(outcome: PollOutcome | undefined): void;
  fail(error: Error): void;
}

/** How a worker's own clocks differ from the server's. */
export interface Clocks {
  readonly offsetMs: number;
  /** How wrong it read the server's clock. */
  readonly skewMs: number;
}

/** A last read that finds no room is tried again after a usual wait at most; in a pause, after twice as long as that. */
const LONGEST_PUT_OFF_MS = 8_000;

/** What a process of a worker is, less its loop: dead once it is let go. */
export class ModelWorker {
  readonly results: Result[] = [];
  underWay = 0;
  readonly #memory = new Memory(1);
  readonly #pace: Pace;
  #epoch = 0;
  #draws = 0;

  constructor(
    private readonly server: ModelServer,
    private readonly wire: Wire,
    private readonly polls: OpenPoll[],
    private readonly clocks: Clocks,
  ) {
    this.#pace = new Pace(() => this.#now());
  }

  /** It was stopped for a while, or lost its connection: it holds nothing of what it held. */
  letGo(): void {
    this.#epoch++;
  }

  take(work: Work): void {
    const { server, wire } = this;
    const epoch = this.#epoch;
    const untilMs = server.nowMs + holdMs;
    const isHeld = () => this.#epoch === epoch && server.nowMs < untilMs;
    // Whatever is said of a turn is said while it is surely ours.
    const held = <T>(say: () => T): T => {
      expect(isHeld(), 'said of a turn that is not held').toBe(true);
      return say();
    };
    server.handOut(work);
    const { seq, subject, data, storedMs, deliveries } = work;
    const pulled: Pulled = {
      subject,
      data,
      seq,
      storedMs,
      isRedelivery: deliveries > 1,
      count: deliveries,
      pending: [...server.work.values()].filter((each) => each.deliveries === 0).length,
      isHeld,
      ack: () => held(() => wire.send(this, () => server.remove(seq))),
      nak: (ms) => held(() => this.#nak(work, ms)),
      term: () => held(() => server.remove(seq)),
    };
    void this.#turn(pulled);
  }

  async #turn(pulled: Pulled): Promise<void> {
    const { server, wire } = this;
    const { js, manager } = wire.open(this);
    const delivery = deliveryOf(pulled, layout, this.#memory) as Delivery;
    const stored = new StreamEvents(js, manager, layout);
    const asking = {
      pace: this.#pace,
      usualWaitMs: () => 2_000,
      ask: (_: unknown, state: PollState) => this.#ask(delivery.task, state, pulled),
    };
    this.underWay++;
    try {
      const result = await takeTurn(delivery, {
        memory: this.#memory,
        asking,
        events: {
          last: (task) => stored.last(task),
          append: (event, generation, after) => {
            expect(pulled.isHeld(), 'told by a turn that is not held').toBe(true);
            return stored.append(event, generation, after);
          },
        },
        serverNow: () => server.nowMs + this.clocks.skewMs,
        now: () => this.#now(),
        random: () => (this.#draws++ % 5) / 5,
      });
      this.results.push(result);
    } catch (error) {
      this.#memory.forget(delivery);
      // What the laws say is no trouble of NATS.
      if (!/TIMEOUT|refused key/.test(String(error))) this.broken = error;
    } finally {
      this.underWay--;
    }
  }

  /** A law that a turn has broken. */
  broken: unknown;

  #now(): number {
    return this.server.nowMs + this.clocks.offsetMs;
  }

  #ask(task: TaskRef, state: PollState, { seq, isHeld }: Pulled): Promise<PollOutcome | undefined> {
    const { polls } = this;
    expect(isHeld(), 'asked by a turn that is not held').toBe(true);
    const others = polls.filter((each) => each.generation === seq && each.isHeld());
    expect(others, 'a watch is asked about twice at once').toEqual([]);
    return new Promise((resolve, reject) => {
      const end = () => polls.splice(polls.indexOf(poll), 1);
      const poll: OpenPoll = {
        owner: this,
        task,
        generation: seq,
        state,
        isHeld,
        answer: (outcome) => {
          end();
          resolve(outcome);
        },
        fail: (error) => {
          end();
          reject(error);
        },
      };
      polls.push(poll);
    });
  }

  #nak(work: Work, ms: number): void {
    expect(ms).toBeGreaterThanOrEqual(0);
    const order = decodeOrder(work.data, layout.taskOf(work.subject) as TaskRef);
    const leftMs =
      work.storedMs + (order?.deadlineMs ?? Number.POSITIVE_INFINITY) - (this.server.nowMs + this.clocks.skewMs);
    expect(ms, 'put off beyond the deadline').toBeLessThanOrEqual(leftMs > 0 ? leftMs : LONGEST_PUT_OFF_MS);
    this.server.nak(work.seq, ms);
  }
}
