import type { NatsConnection } from '@nats-io/transport-node';
import { defer, from, merge, type Observable, of, Subject, take } from 'rxjs';
import { BEAT_MS, STOP_MS } from '../hold.js';

/** Whether a delivery is surely ours, and will be for `forMs` if we are not stopped. */
export type IsHeld = (forMs?: number) => boolean;

/** Clocks to tell a stop by: one stands still while the machine sleeps, the other may be set. */
export interface Clocks {
  monotonicMs(): number;
  wallMs(): number;
}

export const systemClocks: Clocks = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

/**
 * Keeps a worker from speaking of what the server may meanwhile have handed to another, as the server would believe it.
 * After a stop of the process, and after a lost connection, all that is held is let go, and so is what was still in the
 * socket, which looks fresh.
 */
export class Fence {
  /** What was held is ours no more. */
  readonly letGo = new Subject<void>();
  /** What comes out of the socket is to be trusted again. What was asked for before may not come. */
  readonly resumed = new Subject<void>();
  /** What comes out of the socket is to be trusted now, or the connection is closed, which whoever uses it is told. */
  readonly ready: Observable<unknown> = defer(() =>
    this.#isTrusted ? of(true) : merge(this.resumed, from(this.connection.closed())),
  ).pipe(take(1));
  #epoch = 0;
  #isTrusted = true;
  #seen: { readonly monotonicMs: number; readonly wallMs: number };
  readonly #beat: ReturnType<typeof setInterval>;
  readonly #status: AsyncIterable<{ readonly type: string }> & { stop?(): void };

  /** @param holdMs - How long after it came a delivery is ours, by a clock that only runs forward. */
  constructor(
    private readonly connection: NatsConnection,
    private readonly holdMs: number,
    private readonly clocks: Clocks = systemClocks,
  ) {
    this.#seen = this.#time();
    this.#beat = setInterval(() => this.#look(true), BEAT_MS);
    this.#status = connection.status();
    void this.#attend();
  }

  /** Whether the connection is there, and what comes out of it is as fresh as it looks. */
  get isTrusted(): boolean {
    return this.#look();
  }

  /** Whether what has just come out of the socket may be worked on; and for how long, by the function. */
  receive(): IsHeld | undefined {
    if (!this.#look()) return undefined;
    const epoch = this.#epoch;
    const untilMs = this.clocks.monotonicMs() + this.holdMs;
    return (forMs = 0) => this.#look() && this.#epoch === epoch && this.clocks.monotonicMs() + forMs < untilMs;
  }

  close(): void {
    clearInterval(this.#beat);
    this.#status.stop?.();
    this.#isTrusted = false;
  }

  /** Whether we run on without a stop. Out of a stop, the socket may be read before any timer fires. */
  #look(isBeat = false): boolean {
    const now = this.#time();
    const gapMs = Math.max(now.monotonicMs - this.#seen.monotonicMs, now.wallMs - this.#seen.wallMs);
    const isStop = gapMs > BEAT_MS + STOP_MS;
    if (isBeat || isStop) this.#seen = now;
    if (isStop) this.#letGo();
    return this.#isTrusted;
  }

  /** What the server sent before it answers a ping now was in the socket when we were stopped. */
  #letGo(): void {
    this.#distrust();
    const epoch = this.#epoch;
    this.connection.flush().then(
      () => this.#trust(epoch),
      // The connection is being made anew, or is closed: its status says so.
      () => {},
    );
  }

  async #attend(): Promise<void> {
    for await (const { type } of this.#status) {
      if (type === 'disconnect') this.#distrust();
      if (type === 'reconnect') this.#trust(this.#epoch);
    }
  }

  #distrust(): void {
    this.#epoch++;
    this.#isTrusted = false;
    this.letGo.next();
  }

  #trust(epoch: number): void {
    if (epoch !== this.#epoch) return;
    this.#isTrusted = true;
    this.resumed.next();
  }

  #time() {
    return { monotonicMs: this.clocks.monotonicMs(), wallMs: this.clocks.wallMs() };
  }
}
