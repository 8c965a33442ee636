import type { MsgHdrs } from '@nats-io/transport-node';
import { invalidArgument, isRushesError, messageOf, RushesError } from '../../errors.js';
import { isSameTask } from '../../task/ref.js';
import { type CloudEvent, tellsEnd } from '../envelope/cloud-event.js';
import { readCloudEvent } from '../envelope/from-cloud-event.js';
import type { Publisher } from '../publish/publisher.js';
import { eventHeaders, isPreceded } from './nats-event.js';
import { checkNats, isClosed, type NatsManager, type NatsMessage, NatsStream, subjectOf } from './nats-stream.js';

/** What is called of a JetStream client of `@nats-io/jetstream`, as `jetstream(connection)` makes it. */
export interface NatsWriter {
  /** Resolves once a stream has stored the message. */
  publish(
    subject: string,
    payload: string,
    options: { headers: MsgHdrs; msgID?: string; expect: { lastSubjectSequence: number } },
  ): Promise<{ readonly seq: number; readonly duplicate: boolean }>;
  /** What finds streams and messages. */
  jetstreamManager(checkAPI?: boolean): Promise<NatsManager>;
}

/** Where news goes on NATS. */
export interface NatsPublisherOptions {
  /** What all subjects begin with: news of a task goes to `<subject>.<provider>.<token of its id>`. */
  readonly subject: string;
  /**
   * How many tasks' last sequences are remembered at least, the latest used, and at most twice as many; one that is
   * forgotten costs a refused publish and a read. @defaultValue 10000
   */
  readonly maxKnown?: number;
}

/** The defaults of {@link NatsPublisherOptions} that are plain values. */
export const natsPublisherDefaults = Object.freeze({ maxKnown: 10_000 } satisfies Partial<NatsPublisherOptions>);

/** How often others may come before us with news of the same task before it is called trouble. */
const MAX_ROUNDS = 16;

/**
 * Publishes to JetStream. Every event is stored only as the next of its subject, so that nothing is stored twice and
 * nothing after the end of its task, whoever else publishes: an event whose task has ended on the bus counts as
 * acknowledged. It makes no stream; one has to take `<subject>.>`.
 *
 * @param js - The JetStream client: `jetstream(connection)`.
 * @throws `INVALID_ARGUMENT` at the call when an option is not what it must be, and for an event that NATS can never take.
 * @example
 * ```ts
 * const publisher = natsPublisher(jetstream(connection), { subject: 'video.events' });
 * client.watch('task_1').pipe(publishTo(publisher)).subscribe(); // news goes to video.events.cometapi.task_1
 * ```
 */
export function natsPublisher(js: NatsWriter, options: NatsPublisherOptions): Publisher {
  checkNats('natsPublisher', js, options, ['subject', 'maxKnown']);
  const { subject, maxKnown = natsPublisherDefaults.maxKnown } = options;
  if (!(Number.isInteger(maxKnown) && maxKnown >= 0))
    throw invalidArgument('natsPublisher.maxKnown', 'an integer, 0 or more', maxKnown);
  return new NatsPublisher(js, subject, maxKnown);
}

class NatsPublisher implements Publisher {
  readonly #stream: NatsStream;
  readonly #sequences: Sequences;

  constructor(
    private readonly js: NatsWriter,
    private readonly prefix: string,
    maxKnown: number,
  ) {
    this.#stream = new NatsStream(js);
    this.#sequences = new Sequences(maxKnown);
  }

  async publish(event: CloudEvent): Promise<void> {
    const subject = subjectOf(this.prefix, event.data.task);
    const payload = JSON.stringify(event);
    const isEnd = tellsEnd(event.data);
    let next = this.#sequences.of(subject);
    let msgID = isEnd ? event.id : undefined;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const stored = await this.#offer(subject, payload, next, msgID);
      if (stored && !stored.duplicate) {
        this.#sequences.note(subject, isEnd ? undefined : stored.seq);
        return;
      }
      // A duplicate is one of the whole stream, of whatever subject; and its subject may have been purged since.
      if (stored) msgID = undefined;
      const last = await this.#stream.last(subject);
      const held = last && holds(last, event);
      next = last?.seq ?? 0;
      this.#sequences.note(subject, held === 'end' ? undefined : next);
      if (held) return;
    }
    const message = `others came before with news of the task ${MAX_ROUNDS} times: ${subject}`;
    throw new RushesError('UNAVAILABLE', message, { retryable: true });
  }

  /** `undefined` when the subject has another last message. */
  async #offer(subject: string, payload: string, next: number, msgID: string | undefined) {
    const expect = { lastSubjectSequence: next };
    try {
      return await this.js.publish(subject, payload, {
        headers: eventHeaders(),
        expect,
        ...(msgID !== undefined && { msgID }),
      });
    } catch (error) {
      if (isPreceded(error)) return undefined;
      throw await this.#reason(error, subject);
    }
  }

  async #reason(error: unknown, subject: string): Promise<unknown> {
    const { name } = Object(error);
    if (isClosed(error)) return new RushesError('UNAVAILABLE', 'the connection to NATS is closed', { cause: error });
    if (/^Invalid(?:Argument|Subject)Error$/.test(name))
      return new RushesError('INVALID_ARGUMENT', `NATS cannot take the event: ${messageOf(error)}`, { cause: error });
    if (!/^(?:JetStreamNotEnabled|TimeoutError)$/.test(name)) return error;
    // Nobody answered, which is how a subject that no stream takes looks, too.
    this.#stream.forget();
    return this.#stream.name(subject).then(
      () => error,
      (trouble) => (isRushesError(trouble) ? trouble : error),
    );
  }
}

/** Whether a message makes an event superfluous: it is the same news, or the end of the task. */
function holds(last: NatsMessage, { id, data }: CloudEvent): 'end' | 'same' | undefined {
  const event = readCloudEvent(last.data);
  if (!event || !isSameTask(event.told.task, data.task)) return undefined;
  if (tellsEnd(event.told)) return 'end';
  return event.attributes.id === id ? 'same' : undefined;
}

/**
 * The last sequences that are known of subjects: the `min` latest, and at most as many again. To forget one by one would
 * cost more than to publish, as a `Map` is slow to find its first after many were deleted.
 */
class Sequences {
  #newer = new Map<string, number>();
  #older = new Map<string, number>();

  constructor(private readonly min: number) {}

  /** 0, for a subject without messages, where nothing is known. */
  of(subject: string): number {
    return this.#newer.get(subject) ?? this.#older.get(subject) ?? 0;
  }

  note(subject: string, seq: number | undefined): void {
    this.#newer.delete(subject);
    this.#older.delete(subject);
    if (seq === undefined || this.min === 0) return;
    if (this.#newer.size >= this.min) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(subject, seq);
  }
}
