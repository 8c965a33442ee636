import fc from 'fast-check';
import { Observable } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { type BudgetOptions, createBudget } from '../../src/budget/budget.js';
import type { Lane } from '../../src/budget/lane.js';
import { Timers } from '../cadence/timers.js';

const LANES = 3;

interface Request {
  readonly lane: number;
  readonly dueMs: number;
  readonly durationMs: number;
  state: 'waiting' | 'inside' | 'gone';
  leave(): void;
}

/** Runs timed actions against a budget, and checks the law of it wherever it could break. */
class World {
  readonly timers = new Timers();
  readonly startsMs: number[] = [];
  readonly requests: Request[] = [];
  readonly #lanes: Lane[];
  readonly #closedUntilMs = new Array<number>(LANES).fill(Number.NEGATIVE_INFINITY);
  readonly #concurrency: number;
  readonly #hasRate: boolean;
  #inside = 0;

  constructor(options: Required<Omit<BudgetOptions, 'scheduler'>>) {
    const budget = createBudget({ ...options, scheduler: this.timers });
    this.#lanes = Array.from({ length: LANES }, (_, lane) => budget.lane('https://h', lane));
    this.#concurrency = options.concurrency;
    this.#hasRate = options.perSecond !== Number.POSITIVE_INFINITY;
  }

  arrive(lane: number, lateMs: number, durationMs: number): void {
    const source = new Observable<never>((subscriber) => {
      this.#begins(request);
      const end = () => subscriber.complete();
      const answer = durationMs === 0 ? end() : this.timers.schedule(end, durationMs);
      return () => {
        answer?.unsubscribe();
        this.#inside--;
        request.state = 'gone';
      };
    });
    const request: Request = { lane, dueMs: this.timers.now() - lateMs, durationMs, state: 'waiting', leave: () => {} };
    this.requests.push(request);
    const subscription = source.pipe((this.#lanes[lane] as Lane).admit(request.dueMs)).subscribe();
    request.leave = () => {
      if (request.state === 'waiting') request.state = 'gone';
      subscription.unsubscribe();
    };
  }

  pause(lane: number, ms: number): void {
    const untilMs = this.timers.now() + ms;
    this.#closedUntilMs[lane] = Math.max(this.#closedUntilMs[lane] as number, untilMs);
    this.#lanes[lane]?.pause(ms);
  }

  leave(pick: number): void {
    const present = this.requests.filter(({ state }) => state !== 'gone');
    present[pick % Math.max(present.length, 1)]?.leave();
  }

  /** Nobody waits before a lane that never closed while there is room and no rate. */
  checkNoneForgotten(): void {
    if (this.#hasRate || this.#inside + 1 > this.#concurrency) return;
    expect(this.requests.filter((request) => request.state === 'waiting' && this.#neverClosed(request))).toEqual([]);
  }

  #begins(request: Request): void {
    const now = this.timers.now();
    expect(request.state).toBe('waiting');
    expect(now).toBeGreaterThanOrEqual(this.#closedUntilMs[request.lane] as number);
    const others = this.requests.filter((other) => other !== request && other.state === 'waiting');
    for (const other of others) {
      const competes = other.lane === request.lane || (this.#neverClosed(other) && this.#neverClosed(request));
      if (competes) expect(other.dueMs).toBeGreaterThanOrEqual(request.dueMs);
    }
    request.state = 'inside';
    this.#inside++;
    expect(this.#inside).toBeLessThanOrEqual(this.#concurrency);
    this.startsMs.push(now);
  }

  #neverClosed({ lane }: Request): boolean {
    return this.#closedUntilMs[lane] === Number.NEGATIVE_INFINITY;
  }
}

type Action = (world: World) => void;

/** An action that a counterexample can show. */
const action = (says: string, act: Action): Action => Object.assign(act, { [fc.toStringMethod]: () => says });
const aLane = fc.nat(LANES - 1);
const anArrival = fc
  .tuple(aLane, fc.constantFrom(0, 0, 5, 100), fc.constantFrom(0, 1, 40, 700, 3_000))
  .map(([lane, lateMs, ms]) => action(`arrive(${lane}, ${lateMs}, ${ms})`, (world) => world.arrive(lane, lateMs, ms)));
const aLeaving = fc.nat(99).map((pick) => action(`leave(${pick})`, (world) => world.leave(pick)));
const aPause = fc
  .tuple(aLane, fc.constantFrom(0, 1, 250, 20_000))
  .map(([lane, ms]) => action(`pause(${lane}, ${ms})`, (world) => world.pause(lane, ms)));
const anAction = fc.oneof({ arbitrary: anArrival, weight: 6 }, { arbitrary: aLeaving, weight: 2 }, aPause);
const aPlan = fc.array(fc.record({ afterMs: fc.constantFrom(0, 0, 0, 1, 33, 400, 5_000), act: anAction }), {
  maxLength: 60,
  size: 'max',
});
const limits = fc.record({
  concurrency: fc.constantFrom(1, 1.5, 2, 3, 8, Number.POSITIVE_INFINITY),
  perSecond: fc.constantFrom(0.5, 1, 3, 7.7, 1_000, Number.POSITIVE_INFINITY),
  burst: fc.constantFrom(1, 1.5, 2, 5),
});

describe('a budget', () => {
  test('keeps its limits, order and pauses whatever comes, and in the end everybody has started', () => {
    fc.assert(
      fc.property(limits, aPlan, (options, plan) => {
        const world = new World(options);
        for (const { afterMs, act } of plan) {
          world.timers.pass(afterMs);
          act(world);
          world.checkNoneForgotten();
        }
        world.timers.pass(10_000_000);
        expect(world.requests.filter(({ state }) => state !== 'gone')).toEqual([]);
        expect(world.timers.pending).toBe(0);
        expectRate(world.startsMs, options);
      }),
      { numRuns: 400 },
    );
  });
});

/** In any span of t seconds at most burst + perSecond · t starts. */
function expectRate(startsMs: readonly number[], { perSecond, burst }: { perSecond: number; burst: number }): void {
  if (perSecond === Number.POSITIVE_INFINITY) return;
  for (const [first, fromMs] of startsMs.entries()) {
    for (let last = first; last < startsMs.length; last++) {
      const seconds = ((startsMs[last] as number) - fromMs) / 1_000;
      expect(last - first + 1).toBeLessThanOrEqual(burst + perSecond * seconds + 1e-6);
    }
  }
}
