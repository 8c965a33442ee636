import type { RushesError } from '../../errors.js';
import type { Result } from './turn.js';

/** What a worker has done since it began, and what it does. */
export interface WorkFigures {
  /** Whether NATS does what is asked of it: not before it is set up, nor while it is away, or refuses to hand out work. */
  readonly isWell: boolean;
  /** Turns under way now. */
  readonly underWay: number;
  /** Requests that were answered, or met trouble. */
  readonly polls: number;
  /** Of those, the ones of the last second. */
  readonly pollsPerSecond: number;
  /** Events that were published. */
  readonly events: number;
  /** Polls that met passing trouble. */
  readonly troubles: number;
  /** Watches that ended because their task did. */
  readonly finished: number;
  /** Watches that were lost, and messages that were taken out as they name no task, of which no event can tell. */
  readonly lost: number;
  /**
   * Turns that were put off: early ones, those that made way for a new task, those of a provider that wants a pause, and
   * those that the budget had no room for.
   */
  readonly putOff: number;
  /** Turns that were let go, as they were not surely ours any more: after a stop of the process, or a lost connection. */
  readonly left: number;
  /** What NATS refused, or did not answer: turns, which come again, and requests for work. */
  readonly busTroubles: number;
  /** How late turns come, of the latest thousand whose time this worker had said, in milliseconds. */
  readonly lateMs: { readonly p50: number; readonly p99: number };
  /** For how long each provider wants no request; those that want any are not in it. */
  readonly pausedMs: Readonly<Record<string, number>>;
  /** How far this machine's clock is ahead of the server's. Nothing is counted by it; more than 5 s is worth a look. */
  readonly skewMs: number;
  /** The last trouble, of a poll or of NATS. */
  readonly lastTrouble?: RushesError;
}

/** Counts what turns come to. */
export class Counter {
  readonly #counts = { polls: 0, events: 0, troubles: 0, finished: 0, lost: 0, putOff: 0, left: 0, busTroubles: 0 };
  readonly #late = new Latest(1_000);
  #pollsPerSecond = 0;
  #pollsBefore = 0;
  #lastTrouble: RushesError | undefined;

  /** A turn came so much after its time. */
  late(ms: number): void {
    this.#late.add(ms);
  }

  /** Another second is over. */
  second(): void {
    this.#pollsPerSecond = this.#counts.polls - this.#pollsBefore;
    this.#pollsBefore = this.#counts.polls;
  }

  ended(result: Result): void {
    const counts = this.#counts;
    if (result.kind === 'put-off') counts.putOff++;
    if (result.kind === 'left') counts.left++;
    if (result.kind === 'lost') counts.lost++;
    if (result.kind !== 'polled') return;
    const { outcome, told, end } = result;
    counts.polls++;
    if (told === 'told') counts.events++;
    if (end) counts[end]++;
    if (!outcome.trouble) return;
    counts.troubles++;
    this.#lastTrouble = outcome.trouble;
  }

  failed(trouble: RushesError): void {
    this.#counts.busTroubles++;
    this.#lastTrouble = trouble;
  }

  figures(now: Pick<WorkFigures, 'isWell' | 'underWay' | 'pausedMs' | 'skewMs'>): WorkFigures {
    const lastTrouble = this.#lastTrouble;
    const pollsPerSecond = this.#pollsPerSecond;
    return Object.freeze({
      ...now,
      ...this.#counts,
      pollsPerSecond,
      lateMs: this.#late.shares(),
      ...(lastTrouble && { lastTrouble }),
    });
  }
}

/** The latest of many numbers. */
class Latest {
  readonly #numbers: number[] = [];
  #next = 0;

  constructor(private readonly count: number) {}

  add(value: number): void {
    this.#numbers[this.#next] = value;
    this.#next = (this.#next + 1) % this.count;
  }

  /** What half of them are below, and what all but a hundredth are. */
  shares(): { readonly p50: number; readonly p99: number } {
    const sorted = [...this.#numbers].sort((a, b) => a - b);
    const at = (share: number) =>
      Math.round(sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0);
    return { p50: at(0.5), p99: at(0.99) };
  }
}
