import type { SchedulerLike } from 'rxjs';
import type { Client } from '../../client.js';
import type { CreateInput } from '../../providers/create-input.js';
import type { TaskRef } from '../../task/ref.js';
import type { Snapshot } from '../../task/snapshot.js';
import { eventStreamDefaults } from './event-stream.js';

/** How much may be open at once. What goes beyond is answered 429 (a principal's limit) or 503 (the total). */
export interface GatewayLimits {
  /** Connections: streams, downloads, and whatever else is being answered. @defaultValue 10000 */
  readonly connections?: number;
  /** The same for one principal. @defaultValue 32 */
  readonly connectionsPerPrincipal?: number;
  /** Tasks that are watched or remembered. @defaultValue 10000 */
  readonly tasks?: number;
  /** The same for one principal. @defaultValue 500 */
  readonly tasksPerPrincipal?: number;
  /** Tasks on one connection, 100 or less. @defaultValue 100 */
  readonly tasksPerConnection?: number;
}

/** The defaults of {@link GatewayLimits}. */
export const gatewayLimitsDefaults = Object.freeze({
  connections: 10_000,
  connectionsPerPrincipal: 32,
  tasks: 10_000,
  tasksPerPrincipal: 500,
  tasksPerConnection: 100,
} satisfies Required<GatewayLimits>);

/** How a gateway works. */
export interface GatewayOptions {
  /** What it stands on. Give it a ledger where viewers may create. */
  readonly client: Client;
  /**
   * Whether this request may see the task. Only `true` grants; every other answer, a throw, a rejection, or none in time is
   * a denial. It is asked before anything else, at each connection and again on open streams.
   */
  readonly authorize: (request: Request, task: TaskRef) => boolean | Promise<boolean>;
  /** Whether this request may make that task, which costs money; without it nobody may. `authorize` is not asked. */
  readonly authorizeCreate?: (
    request: Request,
    input: CreateInput,
    provider: string | undefined,
  ) => boolean | Promise<boolean>;
  /**
   * Which top-level fields the `extra` of a create may have. A create with any other is refused before `authorizeCreate`
   * is asked, which gets these in `input.extra` and has to judge them: they reach the provider as they are, also those
   * that cost more. @defaultValue none
   */
  readonly extraFields?: readonly string[];
  /** Whether this request may cancel the task, asked after `authorize`; without it nobody may. */
  readonly authorizeCancel?: (request: Request, task: TaskRef) => boolean | Promise<boolean>;
  /**
   * Called once a task has been created, and awaited before the answer, to note whose it is. It is called again when the
   * same create is asked for again after a restart, or after it failed.
   */
  readonly created?: (request: Request, snapshot: Snapshot) => void | Promise<void>;
  /**
   * Who asks: whose limits it counts for, and whose idempotency keys it uses. An address is no principal, and
   * `X-Forwarded-For` is what the sender writes. @defaultValue nobody: only totals are limited
   */
  readonly principal?: (request: Request) => string | Promise<string>;
  /** What a viewer sees of a snapshot. @defaultValue all but `raw` and `videoUrl` */
  readonly project?: (snapshot: Snapshot, request: Request) => Snapshot;
  /** Told what a viewer must not learn, such as an `authorize` that throws. @defaultValue a line on the console */
  readonly onError?: (error: unknown, request: Request | undefined) => void;
  /** What stands before `/tasks` and `/events`, such as `/rushes`. @defaultValue "" */
  readonly basePath?: string;
  /** Other origins whose pages may use it, such as `https://app.example.com`. @defaultValue none */
  readonly origins?: readonly string[];
  /** How much may be open at once. @defaultValue `gatewayLimitsDefaults` */
  readonly limits?: GatewayLimits;
  /** How long `authorize` and its like may take. @defaultValue 5000 */
  readonly authorizeTimeoutMs?: number;
  /** How often `authorize` is asked again on open streams. @defaultValue 60000 */
  readonly reauthorizeMs?: number;
  /** How long nothing may be said on a stream, 15 s or less; then a comment is. @defaultValue 15000 */
  readonly heartbeatMs?: number;
  /** How long a viewer may take nothing of what waits for it; then the connection breaks. @defaultValue 30000 */
  readonly stallTimeoutMs?: number;
  /** How long a stream lasts at most, one hour or less; the viewer connects again. @defaultValue 3600000 */
  readonly maxStreamMs?: number;
  /** How long the answer to a request that is no stream may take to come. @defaultValue 25000 */
  readonly answerTimeoutMs?: number;
  /** How long a task is watched on after its last viewer has left. @defaultValue 10000 */
  readonly lingerMs?: number;
  /** How long it is remembered how a task ended, or that there is none. @defaultValue 60000 */
  readonly rememberMs?: number;
  /** The most bytes that the body of a create may have. @defaultValue 16777216 */
  readonly maxBodyBytes?: number;
  /** Closes the gateway when it aborts: every stream ends, nothing is watched, requests are answered 503. */
  readonly signal?: AbortSignal;
  /** Where time comes from. @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike;
  /** Where chance comes from: numbers in [0, 1). @defaultValue `Math.random` */
  readonly random?: () => number;
}

/** The defaults of {@link GatewayOptions} that are plain values. */
export const gatewayDefaults = Object.freeze({
  basePath: '',
  authorizeTimeoutMs: 5_000,
  reauthorizeMs: 60_000,
  ...eventStreamDefaults,
  answerTimeoutMs: 25_000,
  lingerMs: 10_000,
  rememberMs: 60_000,
  maxBodyBytes: 16_777_216,
} satisfies Partial<GatewayOptions>);
