/**
 * What is called of a connection, as `connect()` of `@nats-io/transport-node` makes it. Nothing else will do: the client of
 * JetStream that a fleet makes of it calls more.
 */
export interface NatsClient {
  /** Sends a message. */
  publish(subject: string, payload?: string, options?: { reply?: string }): void;
  /** Hears messages. */
  subscribe(
    subject: string,
    options?: {
      callback?(
        error: Error | null,
        message: { readonly subject: string; readonly data: Uint8Array; respond(payload?: string): boolean },
      ): void;
    },
  ): {
    /** Hears no more. */
    unsubscribe(): void;
    /** Hears what is on its way, then no more. */
    drain(): Promise<void>;
  };
  /** Asks, for one answer; `timeout` is in milliseconds. */
  request(subject: string, payload?: string, options?: { timeout: number }): Promise<{ readonly data: Uint8Array }>;
  /** Asks, for all answers that come within `maxWait` milliseconds. */
  requestMany(
    subject: string,
    payload?: string,
    options?: { strategy?: 'timer'; maxWait?: number },
  ): Promise<AsyncIterable<{ readonly data: Uint8Array }>>;
  /** Resolves when the server has read all that was sent. */
  flush(): Promise<void>;
  /** Resolves when it is closed for good. */
  closed(): Promise<unknown>;
  /** What happens to it. */
  status(): AsyncIterable<{ readonly type: string }>;
}
