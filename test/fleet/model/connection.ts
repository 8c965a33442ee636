import { headers, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { Subject } from 'rxjs';
import type { Clocks } from '../../../src/fleet/worker/fence.js';
import { iterate } from '../../../src/streams/index.js';

/** Clocks that stand still until they are told to move. */
export class ModelClocks implements Clocks {
  #monotonicMs = 5_000;
  #wallMs = 1_800_000_000_000;

  monotonicMs = () => this.#monotonicMs;
  wallMs = () => this.#wallMs;

  /** Both move, or only the one that is said. */
  pass(ms: number, which: 'both' | 'monotonic' | 'wall' = 'both'): void {
    if (which !== 'wall') this.#monotonicMs += ms;
    if (which !== 'monotonic') this.#wallMs += ms;
  }
}

/** A connection to no server: what comes is up to the test, and what is sent is kept. */
export class ModelConnection {
  readonly status = new Subject<{ readonly type: string }>();
  /** What was published: where, what, and where answers go. */
  readonly published: { readonly subject: string; readonly payload: string; readonly reply: string | undefined }[] = [];
  /** What was said of messages, and of the subscription. */
  readonly said: string[] = [];
  readonly flushes: { resolve(): void; reject(error: Error): void }[] = [];
  refuses = false;
  /** Ends the connection. */
  close: () => void = () => undefined;
  readonly closed = new Promise<void>((resolve) => {
    this.close = resolve;
  });
  #inbox = '';
  #callback: (error: Error | null, message: Msg) => void = () => undefined;

  /** As the library sees it. */
  get nats(): NatsConnection {
    const connection = {
      status: () => iterate(this.status),
      closed: () => this.closed,
      flush: () => new Promise<void>((resolve, reject) => this.flushes.push({ resolve, reject })),
      publish: (subject: string, payload: string, options?: { reply?: string }) => {
        if (this.refuses) throw new Error('closed');
        this.published.push({ subject, payload, reply: options?.reply });
      },
      subscribe: (inbox: string, { callback }: { callback: (error: Error | null, message: Msg) => void }) => {
        this.#inbox = inbox;
        this.#callback = callback;
        return { drain: async () => this.said.push('drain') };
      },
      request: async (subject: string, payload: string, options: object) => {
        this.said.push(`${payload} to ${subject} ${JSON.stringify(options)}`);
      },
    };
    return connection as unknown as NatsConnection;
  }

  /** A message of the consumer comes; the ack subject is in the words of an older server unless it is said. */
  deliver(subject: string, reply = '$JS.ACK.s.c.1.7.9.1800000000123000000.4'): void {
    const respond = (payload: string) => this.said.push(`${payload} of ${subject}`);
    this.#callback(null, { subject, reply, data: new Uint8Array(), respond } as unknown as Msg);
  }

  /** The server says something of a request. */
  say(code: number, description: string, pending?: number): void {
    const said = headers(code, description);
    if (pending !== undefined) said.set('Nats-Pending-Messages', String(pending));
    this.#callback(null, { subject: this.#inbox, headers: said } as unknown as Msg);
  }

  /** Something that no server says comes to the inbox. */
  mumble(): void {
    this.#callback(null, { subject: this.#inbox } as unknown as Msg);
  }

  fail(error: Error): void {
    this.#callback(error, {} as Msg);
  }

  /** How many messages each request asked for. */
  get batches(): number[] {
    return this.published.map(({ payload }) => JSON.parse(payload).batch);
  }
}
