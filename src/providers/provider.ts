import type { TaskRef } from '../task/ref.js';
import type { Snapshot } from '../task/snapshot.js';
import type { CreateInput } from './create-input.js';

/** What can be asked of a provider. */
export type Operation =
  | { readonly kind: 'read'; readonly task: TaskRef }
  | {
      readonly kind: 'create';
      readonly input: CreateInput;
      /** The caller's name for this create, for a provider that documents a header for it; none of ours does. */
      readonly idempotencyKey?: string;
    }
  | { readonly kind: 'cancel'; readonly task: TaskRef }
  | { readonly kind: 'content'; readonly task: TaskRef }
  | {
      readonly kind: 'list';
      /** Tasks of this model only. */
      readonly model?: string;
      /** From 1, the newest tasks first. */
      readonly page?: number;
    };

/** One field of a multipart body. */
export interface FormPart {
  readonly name: string;
  readonly value: string | Blob;
  /** Set for files. */
  readonly filename?: string;
}

/** A request as a dialect words it. It carries no key: that is added where the request is sent. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  /** The path with placeholders, such as `/v1/videos/{id}`: what may be logged of the address. */
  readonly template: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text, or the fields of a `multipart/form-data` body. */
  readonly body?: string | readonly FormPart[];
}

/** An answer, whole. */
export interface HttpResponse {
  readonly status: number;
  /** The address that answered; empty when the platform does not say. */
  readonly url: string;
  /** The platform followed a redirect by itself, though it was told not to: the request may have been sent twice. */
  readonly redirected?: boolean;
  /** The value of a header, by its lower-case name. */
  header(name: string): string | null;
  readonly text: string;
}

/** What an answer means. */
export type Heard =
  | {
      readonly kind: 'snapshot';
      readonly snapshot: Snapshot;
      /** The parsed body, for the client option `raw`. */
      readonly body: unknown;
      /** When the body says to ask again. */
      readonly pollAfterMs?: number;
    }
  | {
      /** The answer to a cancel, content or list request is good, and says nothing about one task. */
      readonly kind: 'done';
      /** The page of a list: each task by its own id; empty behind the last page. */
      readonly listed?: readonly Snapshot[];
    }
  | {
      readonly kind: 'problem';
      readonly code:
        | 'UNAUTHORIZED'
        | 'NOT_FOUND'
        | 'REJECTED'
        | 'RATE_LIMITED'
        | 'UNAVAILABLE'
        | 'BAD_RESPONSE'
        | 'CREATE_AMBIGUOUS';
      /** Never empty, scrubbed. */
      readonly message: string;
      /**
       * Asking again may help. A `BAD_RESPONSE` that is not retryable looks like a wrong base URL (a page instead of an
       * API); it is taken for passing trouble once the origin has answered well.
       */
      readonly retryable: boolean;
    };

/** How often a provider wants to be asked about one task. */
export interface PollGuidance {
  /** The shortest wait between two reads of a task. */
  readonly minMs: number;
  /** The longest wait that it advises. */
  readonly maxMs: number;
}

/** The key of an account, or where to get it at each use. */
export type ApiKey = string | (() => string | Promise<string>);

/** One API's dialect, pure: it words requests and understands answers, and sends nothing. */
export interface Provider {
  /** `TaskRef.provider` of its tasks: `[a-z0-9-]+`, unique within a client. */
  readonly name: string;
  /** What stands before the dialect's paths, without a trailing slash. */
  readonly baseUrl: string;
  /** The cadence of a client that is not given another. */
  readonly guidance: PollGuidance;
  /** How long a task can take at most, where the provider says so. */
  readonly deadlineMs?: number;
  /** What its documents promise. */
  readonly supports: {
    /** There is a route that gives a task up. */
    readonly cancel: boolean;
    /** There is a route that serves the video's bytes. */
    readonly content: boolean;
    /** A repeated create with the same idempotency key is documented to be safe. */
    readonly idempotency: boolean;
    /** There is a route that lists tasks. @defaultValue `false` */
    readonly list?: boolean;
  };
  /** The key, asked at each use. A function, so that no inspection shows it. */
  key(): string | Promise<string>;
  /** Words a request. @throws `INVALID_ARGUMENT` for an input that the provider cannot take. */
  ask(operation: Operation): HttpRequest;
  /** Understands an answer; never throws. */
  hear(operation: Operation, response: HttpResponse): Heard;
}
