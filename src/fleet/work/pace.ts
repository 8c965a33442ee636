/** How late turns may come before waits are stretched: a server hands them out in bursts. */
const USUAL_LATENESS_MS = 250;

/** Waits grow by so many times what turns come too late, or the backlog would only be kept as long as it is. */
const GAIN = 3;

/** The longest stretch of a wait. */
const MAX_STRETCH = 10;

/** How fast a provider is asked: not at all while it wants none, and less often while we do not keep up. */
export class Pace {
  #latenessMs = 0;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
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

  /** How late turns come, on average of the latest. */
  get latenessMs(): number {
    return this.#latenessMs;
  }

  /** The provider wants no request for `ms`. */
  pause(ms: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.now() + ms);
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

  /** A wait as long as the backlog allows. */
  stretched(ms: number): number {
    const backlogMs = Math.max(this.#latenessMs - USUAL_LATENESS_MS, 0);
    return Math.min(ms + GAIN * backlogMs, MAX_STRETCH * ms);
  }
}
