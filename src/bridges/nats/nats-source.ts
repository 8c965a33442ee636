import {
  asyncScheduler,
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  map,
  mergeMap,
  Observable,
  of,
  switchMap,
  tap,
} from 'rxjs';
import { createBudget } from '../../budget/budget.js';
import type { Lane } from '../../budget/lane.js';
import { checkMs } from '../../cadence/delay.js';
import { Waits } from '../../cadence/waits.js';
import { checkFunctions, invalidArgument, isRushesError, messageOf, RushesError } from '../../errors.js';
import { checkRetry, type RetryOptions, retryTransient } from '../../operators/retry-transient.js';
import { isSameTask, type TaskRef } from '../../task/ref.js';
import { shareByTask } from '../../watch/share-by-task.js';
import type { SnapshotSource } from '../../watch/snapshot-source.js';
import { type BusSourceOptions, busSourceNames, checkBusSource } from '../read/bus-source-options.js';
import { type BusMessage, readNews } from '../read/read-news.js';
import { snapshotsOf } from '../read/snapshots-of.js';
import { checkNats, isClosed, type NatsManager, type NatsMessage, NatsStream, subjectOf } from './nats-stream.js';

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

/** How news is read on NATS. */
export interface NatsSourceOptions extends BusSourceOptions {
  /** What all subjects begin with, as `natsPublisher` was told it. */
  readonly subject: string;
  /**
   * How often the server has to say that it is there, 500-30,000: after twice as long without a word, as after its restart,
   * the task's consumer is looked after. @defaultValue 5000
   */
  readonly heartbeatMs?: number;
  /** How patiently a stream is tried that cannot be read. @defaultValue `retryDefaults` */
  readonly retry?: RetryOptions;
  /** Numbers in [0, 1). @defaultValue `Math.random` */
  readonly random?: () => number;
}

/** The defaults of {@link NatsSourceOptions} that are plain values; those of `retry` are `retryDefaults`. */
export const natsSourceDefaults = Object.freeze({ heartbeatMs: 5_000 } satisfies Partial<NatsSourceOptions>);

/** How long the server keeps a consumer that nobody could take leave of. */
const ABANDONED_MS = 30_000;

/**
 * Reads back what {@link natsPublisher} wrote. Whoever comes late gets the last that the stream holds of the task, then
 * what follows it; that of a task that has ended is all. It comes back after a lost connection and a restart of the
 * server, without a gap. Of each watched task it has one consumer, which goes when nobody watches any more.
 *
 * @param js - The JetStream client: `jetstream(connection)`. Let its connection have `maxReconnectAttempts: -1`.
 * @throws `INVALID_ARGUMENT` at the call when an option is not what it must be, and as the error for a task whose subject
 * is too long; `UNAVAILABLE`, retryable, when nothing could be read for `retry.giveUpAfterMs`, and once the connection is
 * closed for good.
 * @example
 * ```ts
 * const client = createClient(natsSource(jetstream(connection), { subject: 'video.events' }));
 * client.watch({ provider: 'cometapi', id: 'task_1' }).subscribe(({ status }) => console.log(status)); // … completed
 * ```
 */
export function natsSource(js: NatsReader, options: NatsSourceOptions): SnapshotSource {
  return sourceOf(js, options, of);
}

/** {@link natsSource} of those messages that `sift` lets through. */
export function sourceOf(
  js: NatsReader,
  options: NatsSourceOptions,
  sift: (message: NatsMessage) => Observable<NatsMessage>,
): SnapshotSource {
  const { heartbeatMs, patiently, waits } = checked(js, options);
  const stream = new NatsStream(js);
  const lane = createBudget({ scheduler: waits }).lane('bus', undefined);
  return shareByTask((task) => {
    const subject = subjectOf(options.subject, task);
    const reading = new Reading(js, stream, subject, heartbeatMs, (message) => isNews(message, task, options));
    return defer(() => reading.goOn(lane, waits)).pipe(
      catchError((error) => {
        throw readTrouble(error);
      }),
      patiently,
      concatMap(sift),
      map((message) => ofTask(message, task)),
      readNews(options),
      snapshotsOf(task, options),
    );
  });
}

/** The messages of one subject: where we are in them outlives connections. */
class Reading {
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

function ofTask({ data }: NatsMessage, task: TaskRef): BusMessage {
  return { body: data, isAddressOf: (told) => isSameTask(told, task) };
}

function isNews(message: NatsMessage, task: TaskRef, { onSkipped: _, ...quietly }: BusSourceOptions): boolean {
  let is = false;
  of(ofTask(message, task))
    .pipe(readNews(quietly))
    .subscribe(() => {
      is = true;
    });
  return is;
}

/** A connection that is closed for good is not tried again. */
function readTrouble(error: unknown): unknown {
  if (isRushesError(error) || isClosed(error)) return error;
  const message = `NATS could not be read: ${messageOf(error)}`;
  return new RushesError('UNAVAILABLE', message, { retryable: true, cause: error });
}

function checked(js: NatsReader, options: NatsSourceOptions) {
  checkNats('natsSource', js, options, ['subject', 'heartbeatMs', 'retry', 'random', ...busSourceNames]);
  checkBusSource('natsSource', options);
  const { heartbeatMs = natsSourceDefaults.heartbeatMs, retry, random, scheduler = asyncScheduler } = options;
  checkFunctions({ random });
  if (checkMs('natsSource.heartbeatMs', heartbeatMs) < 500 || heartbeatMs > 30_000)
    throw invalidArgument('natsSource.heartbeatMs', '500-30000 milliseconds', heartbeatMs);
  const waits = new Waits(scheduler);
  const patiently = retryTransient<NatsMessage>({ ...checkRetry(retry), scheduler: waits, ...(random && { random }) });
  return { heartbeatMs, patiently, waits };
}
