import { asyncScheduler, catchError, concatMap, defer, map, type Observable, of } from 'rxjs';
import { createBudget } from '../../budget/budget.js';
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
import { type NatsReader, Reading } from './nats-reading.js';
import { checkNats, isClosed, type NatsMessage, NatsStream, subjectOf } from './nats-stream.js';

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
  return sourceOf(js, options, (message) => of(message));
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
