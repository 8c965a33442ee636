/** How late turns may come before waits are stretched: a server hands them out in bursts. */
const USUAL_LATENESS_MS = 250;

/** Waits grow by so many times what turns come too late, or the backlog would only be kept as long as it is. */
const GAIN = 3;

/** The longest stretch of a wait. */
const MAX_STRETCH = 10;

/** How long a refusal pauses a provider at least, and how long at most where one comes after another. */
const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** How long turns are given up for a new task that does not come, and how long none is after that. */
const MAKE_WAY_MS = 1_000;
const IN_VAIN_MS = 10_000;

/** How fast a provider is asked: not at all while it wants none, and less often while we do not keep up. */
export class Pace {
  /** How late turns come, on average of the latest. */
  #latenessMs = 0;
  /** Since when turns are given up for a new task. */
  #madeWayMs: number | undefined;
  #inVainUntilMs = Number.NEGATIVE_INFINITY;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  /** Pauses in a row that came of refusals. */
  #refusals = 0;
  #resumedMs = Number.NEGATIVE_INFINITY;

  /** @param onLate - Told how late each turn came. */
  constructor(
    private readonly now: () => number,
    private readonly onLate: (ms: number) => void = () => {},
  ) {}

  /** For how long the provider wants no request. */
  get pausedMs(): number {
    return Math.max(this.#pausedUntilMs - this.now(), 0);
  }

  /** The provider wants no request for `ms`. */
  pause(ms: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.now() + ms);
  }

  /** The provider had too many requests: it wants none for `ms`, and longer each time that it still has too many. */
  refused(ms: number): void {
    // Those that were under way together are one refusal.
    const isFirst = this.pausedMs === 0;
    const leastMs = isFirst ? Math.min(SHORTEST_PAUSE_MS * 2 ** this.#refusals++, LONGEST_PAUSE_MS) : 0;
    this.pause(Math.max(ms, leastMs));
  }

  /** The provider answered as it should. */
  accepted(): void {
    this.#refusals = 0;
  }

  /** The server, or we, had been away: what is overdue now is so for that, and not as we do not keep up. */
  resume(): void {
    this.#resumedMs = this.now();
  }

  /** A turn came `ms` after it was due. */
  late(ms: number): void {
    const lateMs = Math.max(Math.min(ms, this.now() - this.#resumedMs), 0);
    this.onLate(lateMs);
    this.#latenessMs += (lateMs - this.#latenessMs) / 64;
  }

  /** A new task has its first turn. */
  newCame(): void {
    this.#madeWayMs = undefined;
    this.#inVainUntilMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Whether a turn is given up for new tasks that wait. After each turn that is not, all are until a new task has come, as
   * servers hand out old ones first; but not for long where none comes of it: a consumer may be full.
   */
  makesWay(): boolean {
    const now = this.now();
    if (now < this.#inVainUntilMs) return false;
    const sinceMs = this.#madeWayMs;
    this.#madeWayMs ??= now;
    if (sinceMs === undefined || now - sinceMs < MAKE_WAY_MS) return sinceMs !== undefined;
    this.#madeWayMs = undefined;
    this.#inVainUntilMs = now + IN_VAIN_MS;
    return false;
  }

  /** A wait as long as the backlog allows. */
  stretched(ms: number): number {
    const backlogMs = Math.max(this.#latenessMs - USUAL_LATENESS_MS, 0);
    return Math.min(ms + GAIN * backlogMs, MAX_STRETCH * ms);
  }
}
