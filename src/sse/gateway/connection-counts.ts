/** How many are in at once: all in all, and for each principal. */
export interface ConnectionLimits {
  readonly connections: number;
  readonly connectionsPerPrincipal: number;
}

/** Who is in. */
export class ConnectionCounts {
  #all = 0;
  readonly #byPrincipal = new Map<string, number>();

  constructor(private readonly limits: ConnectionLimits) {}

  /** Counts one more, and gives how to leave it; or says whose limit is reached. Without a principal only the total counts. */
  take(principal: string | undefined): (() => void) | 'principal' | 'all' {
    const own = principal === undefined ? 0 : (this.#byPrincipal.get(principal) ?? 0);
    if (own >= this.limits.connectionsPerPrincipal) return 'principal';
    if (this.#all >= this.limits.connections) return 'all';
    this.#count(principal, 1);
    let isLeft = false;
    return () => {
      if (!isLeft) this.#count(principal, -1);
      isLeft = true;
    };
  }

  #count(principal: string | undefined, change: number): void {
    this.#all += change;
    if (principal === undefined) return;
    const own = (this.#byPrincipal.get(principal) ?? 0) + change;
    if (own === 0) this.#byPrincipal.delete(principal);
    else this.#byPrincipal.set(principal, own);
  }
}
