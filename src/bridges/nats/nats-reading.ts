import { concat, defer, EMPTY, mergeMap, Observable, of, switchMap, tap } from 'rxjs';
import type { Lane } from '../../budget/lane.js';
import type { Waits } from '../../cadence/waits.js';
import type { NatsManager, NatsMessage, NatsStream } from './nats-stream.js';

/** What is called of a JetStream client of `@nats-io/jetstream`, as `jetstream(connection)` makes it. */
export interface NatsReader {
  /** What finds streams and messages. */
  jetstreamManager(checkAPI?: boolean): Promise<NatsManager>;
  readonly consumers: {
    /** An ordered consumer. */
    get(
      stream: string,
      options: { filter_subjects: string; opt_start_seq: number; inactive_threshold: number },
    ): Promise<NatsConsumer>;
  };
}

/** What is called of an ordered consumer. */
export interface NatsConsumer {
  /** Begins to take messages. */
  consume(options: {
    expires: number;
    idle_heartbeat: number;
    abort_on_missing_resource: boolean;
    callback(message: NatsMessage & { readonly info: { readonly deliverySequence: number } }): void;
  }): Promise<{
    /** What happens to the consumer meanwhile. */
    status(): AsyncIterable<{ readonly type: string; readonly lastConsumerSequence?: number }>;
    /** Resolves when nothing more is taken. */
    closed(): Promise<unknown>;
    /** Takes no more. */
    close(): Promise<unknown>;
  }>;
  /** Removes the consumer from the server. */
  delete(): Promise<unknown>;
}

/** How long the server keeps a consumer that nobody could take leave of. */
const ABANDONED_MS = 30_000;

/** The messages of one subject: where we are in them outlives connections. */
export class Reading {
  #seen: number | undefined;
  #next = 1;

  constructor(
    private readonly js: NatsReader,
    private readonly stream: NatsStream,
    private readonly subject: string,
    private readonly heartbeatMs: number,
    private readonly isNews: (message: NatsMessage) => boolean,
  ) {}

  /** The last message, where it may be new, and what follows; it never completes. */
  goOn(lane: Lane, waits: Waits): Observable<NatsMessage> {
    const gently = <T>(asking: () => Promise<T> | Observable<T>) =>
      defer(() => defer(asking).pipe(lane.admit(waits.now())));
    return concat(
      gently(() => this.stream.last(this.subject)).pipe(mergeMap((last) => this.#begin(last))),
      gently(() => this.#consumer()).pipe(switchMap((consumer) => this.#consumed(consumer))),
    ).pipe(
      tap(({ seq }) => {
        this.#seen = seq;
      }),
    );
  }

  #begin(last: NatsMessage | undefined): Observable<NatsMessage> {
    const seen = this.#seen;
    if (last && seen !== undefined && last.seq > seen) {
      this.#next = seen + 1;
      return EMPTY;
    }
    // A stream that lost its messages counts anew, so that what has a place we have passed may be new all the same. And
    // what nobody can make news of must not hide what came before it.
    const isNews = last !== undefined && this.isNews(last);
    this.#next = last && (isNews || last.seq === seen) ? last.seq + 1 : 1;
    return isNews ? of(last) : EMPTY;
  }

  #consumer(): Observable<NatsConsumer> {
    return new Observable((subscriber) => {
      const options = { filter_subjects: this.subject, opt_start_seq: this.#next, inactive_threshold: ABANDONED_MS };
      this.stream
        .name(this.subject)
        .then((name) => this.js.consumers.get(name, options))
        .then(
          (consumer) => {
            if (subscriber.closed) return remove(consumer);
            subscriber.next(consumer);
            subscriber.complete();
          },
          (error) => subscriber.error(error),
        );
    });
  }

  #consumed(consumer: NatsConsumer): Observable<NatsMessage> {
    return new Observable((subscriber) => {
      let delivered = 0;
      const consuming = consumer.consume({
        expires: 2 * this.heartbeatMs,
        idle_heartbeat: this.heartbeatMs,
        abort_on_missing_resource: true,
        callback: (message) => {
          delivered = message.info.deliverySequence;
          subscriber.next(message);
        },
      });
      const attend = async () => {
        const messages = await consuming;
        for await (const { type, lastConsumerSequence = 0 } of messages.status()) {
          // What went onto a connection that was lost would else be missed until a message comes after it: of an end, none.
          const isGap = type === 'heartbeat' && lastConsumerSequence > delivered;
          // A client that found the gap itself asks for nothing more until what it asked for before is over.
          if (isGap || type === 'ordered_consumer_recreated') throw new Error('messages were lost on the way');
        }
        throw (await messages.closed()) ?? new Error('the consumer has ended');
      };
      attend().catch((error) => subscriber.error(error));
      return () => {
        consuming.then((messages) => messages.close()).catch(() => {});
        remove(consumer);
      };
    });
  }
}

/** A server that cannot be asked to remove it does so by itself. */
function remove(consumer: NatsConsumer): void {
  consumer.delete().catch(() => {});
}
