import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import type { Broker } from '../../buses/brokers/broker.js';
import type { Crew, Sign } from './crew.js';

/** How many workers there are. */
export const seats = [0, 1, 2] as const;

/** What befalls a fleet, and how often. */
const fates = { kill: 5, stop: 4, broker: 3, all: 1 } as const;

/** How long each lasts at the least and at the most: a stop is longer than `ack_wait`, which is 7 s. */
const lasts = { kill: [0, 1_500], stop: [7_500, 9_500], broker: [50, 1_500], all: [500, 2_000] } as const;

/** How long after the last the next comes, at the most. */
const LONGEST_REST_MS = 2_000;

/** Something that befalls a fleet. */
export interface Deed {
  readonly kind: keyof typeof fates;
  readonly seat: (typeof seats)[number];
  readonly after: Sign;
  readonly restMs: number;
  readonly lastsMs: number;
}

/** The same for the same seed. */
export function deedsOf(seed: number): readonly Deed[] {
  const kinds = Object.entries(fates).flatMap(([kind, times]) => Array.from({ length: times }, () => kind));
  const order = fc.shuffledSubarray(kinds as Deed['kind'][], { minLength: kinds.length });
  const each = fc.record({
    seat: fc.constantFrom(...seats),
    after: fc.constantFrom<Sign>('ready', 'polled'),
    rest: fc.integer({ min: 0, max: 99 }),
    lasts: fc.integer({ min: 0, max: 99 }),
  });
  const all = fc.noBias(fc.tuple(order, fc.array(each, { minLength: kinds.length, maxLength: kinds.length })));
  const [sample] = fc.sample(all, { seed, numRuns: 1 });
  if (!sample) throw new Error('a sample of one is one');
  const [dealt, chances] = sample;
  return dealt.flatMap((kind, i) => {
    const chance = chances[i];
    if (!chance) return [];
    const [least, most] = lasts[kind];
    const restMs = (chance.rest / 100) * LONGEST_REST_MS;
    return {
      kind,
      seat: chance.seat,
      after: chance.after,
      restMs,
      lastsMs: least + (chance.lasts / 100) * (most - least),
    };
  });
}

/** How many lives workers have in all. */
export function livesOf(deeds: readonly Deed[]): number {
  const newLives = { kill: 1, stop: 0, broker: 0, all: seats.length };
  return deeds.reduce<number>((lives, { kind }) => lives + newLives[kind], seats.length);
}

/** When a broker was away, by our clock. */
export type Absence = readonly [fromMs: number, toMs: number];

/** Does one after another; a worker that is stopped stays so while others follow. @returns When the broker was away. */
export async function wreak(deeds: readonly Deed[], crew: Crew, broker: Broker): Promise<readonly Absence[]> {
  const absences: Absence[] = [];
  const stops: Promise<void>[] = [];
  for (const { kind, seat, after, restMs, lastsMs } of deeds) {
    await wait(restMs);
    switch (kind) {
      case 'kill':
        await crew.shows(seat, after);
        await crew.kill(seat);
        await wait(lastsMs);
        crew.start(seat);
        break;
      case 'stop':
        await crew.shows(seat, after);
        stops.push(crew.stopFor(goingOn(crew, seat), lastsMs));
        break;
      case 'broker': {
        const fromMs = Date.now();
        await broker.kill();
        await wait(lastsMs);
        await broker.start();
        absences.push([fromMs, Date.now()]);
        break;
      }
      case 'all':
        await Promise.all(seats.map((each) => crew.kill(each)));
        await wait(lastsMs);
        for (const each of seats) crew.start(each);
    }
  }
  await Promise.all(stops);
  return absences;
}

/** A seat whose worker is not stopped: this one, or the next. */
function goingOn(crew: Crew, seat: number): number {
  return seats.map((step) => (seat + step) % seats.length).find((each) => !crew.isStopped(each)) ?? seat;
}
