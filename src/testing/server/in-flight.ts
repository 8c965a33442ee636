/** The requests that wait for their answer, each with the means to end it. */
export class InFlight {
  /** Holds the requests too: a collected `Request` no longer hears of its caller's abort. */
  readonly #waiting = new Map<AbortController, Request>();

  get size(): number {
    return this.#waiting.size;
  }

  /** The outcome of `work`, or at once the reason of an abort, of which `work` learns by its signal. */
  async run<T>(request: Request, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    request.signal.throwIfAborted();
    const leave = new AbortController();
    const { signal } = leave;
    this.#waiting.set(leave, request);
    request.signal.addEventListener('abort', () => leave.abort(request.signal.reason), { once: true });
    try {
      return await new Promise<T>((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        work(signal).then(resolve, reject);
      });
    } finally {
      this.#waiting.delete(leave);
    }
  }

  abortAll(reason: unknown): void {
    for (const leave of this.#waiting.keys()) leave.abort(reason);
  }
}
