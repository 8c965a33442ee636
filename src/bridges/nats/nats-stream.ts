import { checkNames, invalidArgument, RushesError } from '../../errors.js';
import type { TaskRef } from '../../task/ref.js';
import { addressOf, checkAddress } from '../address.js';

/** What is called of a stream manager of `@nats-io/jetstream`. */
export interface NatsManager {
  readonly streams: {
    /** The name of the stream that takes a subject. */
    find(subject: string): Promise<string>;
    /** The last message of a subject. */
    getMessage(stream: string, query: { last_by_subj: string }): Promise<NatsMessage | null>;
  };
}

/** A message that a stream holds. */
export interface NatsMessage {
  /** Its place in the stream. */
  readonly seq: number;
  readonly data: Uint8Array;
}

/**
 * The longest subject. A server closes the connection over a line of more than 4,096 bytes; the longest has the subject
 * in it together with an API prefix, the names of a stream and of a consumer, and an inbox.
 */
const MAX_SUBJECT_BYTES = 3_500;

/** @throws `INVALID_ARGUMENT` for what is no JetStream client, and for options that are not `names`, or have no subject. */
export function checkNats(label: string, js: unknown, options: { subject?: unknown }, names: readonly string[]): void {
  if (typeof Object(js).jetstreamManager !== 'function')
    throw invalidArgument(`${label}(js)`, 'a JetStream client, as jetstream(connection) makes it', js);
  checkNames(label, options, names);
  const { subject } = options;
  if (typeof subject !== 'string' || !/^[^\s\p{Cc}.*>]+(?:\.[^\s\p{Cc}.*>]+)*$/u.test(subject))
    throw invalidArgument(`${label}.subject`, 'a subject without wildcards, such as "video.events"', subject);
}

/** The subject of a task's news. @throws `INVALID_ARGUMENT` for what names no task, or is too long. */
export function subjectOf(prefix: string, task: TaskRef): string {
  return checkAddress('subject', `${prefix}.${addressOf(task).join('.')}`, MAX_SUBJECT_BYTES);
}

/** The stream that takes some subjects, found when it is first needed. */
export class NatsStream {
  readonly #js: { jetstreamManager(checkAPI?: boolean): Promise<NatsManager> };
  #name: Promise<string> | undefined;

  constructor(js: { jetstreamManager(checkAPI?: boolean): Promise<NatsManager> }) {
    this.#js = js;
  }

  /** Its name; all its subjects begin in the same way. @throws `UNAVAILABLE`, retryable, while there is none. */
  name(subject: string): Promise<string> {
    this.#name ??= this.#find(subject);
    return this.#name;
  }

  /** The last message of a subject that it holds. */
  async last(subject: string): Promise<NatsMessage | undefined> {
    const name = await this.name(subject);
    try {
      const { streams } = await this.#manager();
      return (await streams.getMessage(name, { last_by_subj: subject })) ?? undefined;
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  /** It may be another one now. */
  forget(): void {
    this.#name = undefined;
  }

  async #find(subject: string): Promise<string> {
    try {
      const { streams } = await this.#manager();
      return await streams.find(subject);
    } catch (error) {
      this.forget();
      if (Object(error).name !== 'StreamNotFoundError') throw error;
      const message = `no stream takes the subject ${subject}: create one, as the publisher does not`;
      throw new RushesError('UNAVAILABLE', message, { retryable: true, cause: error });
    }
  }

  /** Whether JetStream is there is not asked: it takes a right more. */
  #manager(): Promise<NatsManager> {
    return this.#js.jetstreamManager(false);
  }
}

/** Whether the user's connection is closed for good. */
export function isClosed(error: unknown): boolean {
  return Object(error).name === 'ClosedConnectionError';
}
