import type { ObservableInput } from 'rxjs';
import type { OpenedResponse } from '../http/transport.js';
import type { CreateInput } from '../providers/create-input.js';
import type { TaskRef } from '../task/ref.js';
import type { Snapshot } from '../task/snapshot.js';
import type { SnapshotSource } from './snapshot-source.js';

/** How a create is made. */
export interface CreateOptions {
  /** Which provider makes it; needed where the client has several. */
  readonly provider?: string | undefined;
  /**
   * A name of your own for this create. With a ledger, a second create of the same name gives the task of the first and
   * sends nothing. It is never a permission to send one twice.
   */
  readonly idempotencyKey?: string | undefined;
}

/** What a cancel came to. */
export type CancelOutcome = 'cancelled' | 'too-late' | 'unsupported';

/** Which bytes of a video, and from where. */
export interface ContentOptions {
  /**
   * An address of the video, as a snapshot has it: asked without the key, and only where a video may be.
   *
   * @defaultValue the provider's own content route
   */
  readonly url?: string | undefined;
  /** A `Range` header, such as `bytes=0-1023`. @defaultValue all of them */
  readonly range?: string | undefined;
  /** An `If-Range` header: the range holds only while the video is the one with this validator. */
  readonly ifRange?: string | undefined;
  /** Aborting gives the request up, until its headers are there; then the body is the caller's to cancel. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * What a client stands on: providers that are asked, or anything that can say how tasks stand. Whatever is missing
 * rejects with `UNSUPPORTED`.
 */
export interface Backend {
  /** The snapshots of a task; the client holds them to the law of a watch. */
  readonly watch: SnapshotSource;
  /** One look at a task; unsubscribing gives it up. */
  readonly read?: (task: TaskRef) => ObservableInput<Snapshot>;
  /** Makes a task, once; it goes on when nobody waits for it any more. */
  readonly create?: (input: CreateInput, options?: CreateOptions) => Promise<Snapshot>;
  /** @throws `INVALID_ARGUMENT` for what `create` would not take. */
  readonly checkInput?: (input: CreateInput, options?: CreateOptions) => void;
  /** Asks for a task to be given up. */
  readonly cancel?: (task: TaskRef) => Promise<CancelOutcome>;
  /** One request for a video's bytes. */
  readonly content?: (task: TaskRef, options?: ContentOptions) => Promise<OpenedResponse>;
}
