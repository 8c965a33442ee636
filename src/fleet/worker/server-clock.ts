import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { Layout } from '../layout.js';
import type { Clocks } from './fence.js';

/**
 * The server's clock, by which deadlines are counted: nobody's own is compared with it. It is read off a message that we
 * store, and runs on by a clock of ours that nobody sets.
 */
export class ServerClock {
  #aheadMs = 0;
  #skewMs = 0;

  constructor(
    private readonly js: JetStreamClient,
    private readonly manager: JetStreamManager,
    private readonly layout: Layout,
    /** Its first character names a subject: of UUIDs there are sixteen, however many workers come and go. */
    private readonly worker: string,
    private readonly clocks: Clocks,
  ) {}

  /** In epoch milliseconds. */
  now(): number {
    return this.clocks.monotonicMs() + this.#aheadMs;
  }

  /** How far our wall clock was ahead of the server's when that was last read. */
  get skewMs(): number {
    return this.#skewMs;
  }

  /** Reads it. It is to be done again when the machine slept, and now and then, as clocks drift. */
  async read(): Promise<void> {
    const beganMs = this.clocks.monotonicMs();
    const { seq } = await this.js.publish(`${this.layout.clocks}.${this.worker.charAt(0)}`);
    const halfwayMs = (beganMs + this.clocks.monotonicMs()) / 2;
    const wallMs = this.clocks.wallMs() - (this.clocks.monotonicMs() - halfwayMs);
    const message = await this.manager.streams.getMessage(this.layout.eventStream, { seq });
    if (!message) throw new Error('the message that the clock is read off is gone');
    const serverMs = message.time.getTime();
    this.#aheadMs = serverMs - halfwayMs;
    this.#skewMs = wallMs - serverMs;
  }
}
