import { invalidArgument } from '../errors.js';
import type { CreateInput } from '../providers/create-input.js';
import type { TaskRef } from '../task/ref.js';
import type { LiveSnapshot, Snapshot, TerminalSnapshot } from '../task/snapshot.js';
import type { NamedTask } from '../watch/task-like.js';

/** A create that is about to be sent. */
export interface NewCreate {
  /** The name of the provider that it goes to. */
  readonly provider: string;
  /** Where: without userinfo and query. */
  readonly baseUrl: string;
  /** What is asked for; a ledger keeps no prompt unless it is told to. */
  readonly input: CreateInput;
  /** The caller's own name for this create; a second one with the same name is not sent. */
  readonly idempotencyKey?: string | undefined;
}

/** What a ledger says to a create: send it, noted under `key`, or do not, since it was sent before and made this task. */
export type Begun =
  | { readonly kind: 'new'; readonly key: string }
  | { readonly kind: 'known'; readonly snapshot: Snapshot };

/** What is known of an answer that did not say whether there is a task: enough to look it up by hand. */
export interface CreateEvidence {
  /** Why nobody knows, scrubbed; it may repeat the prompt, so a ledger keeps it only where it keeps prompts. */
  readonly message?: string;
  /** The HTTP status of the answer, where there was one. */
  readonly status?: number;
  /** The ids by which the provider or a gateway knows the request, by the name of their header. */
  readonly requestIds: Readonly<Record<string, string>>;
}

/** What became of a create. */
export type CreateOutcome =
  | { readonly kind: 'created'; readonly snapshot: Snapshot }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | ({ readonly kind: 'ambiguous'; readonly message: string } & CreateEvidence);

/** A create of which no task is known. */
export interface OpenCreate {
  /** For {@link Ledger.settle}. */
  readonly key: string;
  /** `in-flight` while whoever sent it is alive and waits for its answer. */
  readonly state: 'in-flight' | 'ambiguous';
  readonly provider: string;
  readonly baseUrl: string;
  readonly model: string;
  /** SHA-256 of the prompt, in hex. */
  readonly promptHash: string;
  /** Only where the ledger was told to keep it. */
  readonly prompt?: string;
  /** When it was about to be sent, in epoch milliseconds. */
  readonly sentAt: number;
  readonly idempotencyKey?: string;
  /** What is known of its answer, if there was one. */
  readonly evidence?: CreateEvidence;
}

/** What a ledger has that is not finished. */
export interface Unfinished extends Iterable<LiveSnapshot> {
  /** Tasks that were created and have not been seen to end, to be watched: `client.watchAll(unfinished)`. */
  readonly snapshots: readonly LiveSnapshot[];
  /** Creates of which nobody knows whether there is a task. */
  readonly creates: readonly OpenCreate[];
  /** What could not be read: records that a crash tore or a later version wrote, and files, each counted once. */
  readonly skipped: number;
}

/** How a create that was left open ended, as a person found out. */
export type Settlement = { readonly ref: TaskRef } | 'not-created' | 'abandoned';

/**
 * Where a client notes what it pays for, so that a crash loses nothing. Each promise resolves once the note is durable,
 * and rejects with `LEDGER_FAILED` when it cannot be made so.
 *
 * A client calls `begin` before it sends a create, and sends nothing if that rejects; `note` before it tells anybody of
 * the answer; `end` when it sees a task end.
 */
export interface Ledger {
  /**
   * Notes that a create is about to be sent.
   *
   * @throws `CREATE_AMBIGUOUS` when one with the same idempotency key is open, `INVALID_ARGUMENT` when that key was used
   * for another input.
   */
  begin(create: NewCreate): Promise<Begun>;
  /** Notes what became of the create that `begin` gave the key of. A later note that names a task wins. */
  note(key: string, outcome: CreateOutcome): Promise<void>;
  /**
   * Notes that a task has ended; nothing happens where the ledger does not know it.
   *
   * @param baseUrl - Where it was seen to end: two gateways can have tasks of the same name.
   */
  end(snapshot: TerminalSnapshot, baseUrl: string): Promise<void>;
  /** What is left to do: iterate over it for the snapshots, or await it for the creates, too. */
  unfinished(): Promise<Unfinished> & AsyncIterable<LiveSnapshot>;
  /**
   * Closes what a person has looked into: an open create by its key, or a task that nobody waits for any more by
   * `provider/id`.
   *
   * @param key - Of the create; a task can also be named by `provider/id`.
   * @throws `INVALID_ARGUMENT` when nothing open has that key, and for `'not-created'` while its answer is waited for.
   */
  settle(key: string, settlement: Settlement): Promise<void>;
}

/** What a ledger knows of a task that it gives back. */
export interface TaskRecord {
  /** When it was created, in epoch milliseconds. */
  readonly createdAt: number;
  /** Where. */
  readonly baseUrl: string;
}

const record = Symbol.for('rushes.record');

/**
 * A snapshot as a ledger gives it back: a client refuses it at another origin than it was created at, and waits for a
 * task that was created only just now to appear.
 */
export function recorded(snapshot: LiveSnapshot, known: TaskRecord): LiveSnapshot {
  const task = Object.freeze({ ...snapshot.task });
  return Object.freeze(Object.defineProperty({ ...snapshot, task }, record, { value: Object.freeze({ ...known }) }));
}

/** What {@link recorded} said. */
export function recordOf(snapshot: Snapshot | undefined): TaskRecord | undefined {
  return (snapshot as { readonly [record]?: TaskRecord } | undefined)?.[record];
}

/** @throws `INVALID_ARGUMENT` when `ledger` is none. */
export function checkLedger(ledger: Ledger | undefined): void {
  if (ledger === undefined) return;
  const isLedger = (['begin', 'note', 'end'] as const).every((name) => typeof ledger?.[name] === 'function');
  if (!isLedger) throw invalidArgument('ledger', 'a ledger, such as openLedger gives once it is awaited', ledger);
}

/** @throws `INVALID_ARGUMENT` for a task that a ledger says was created elsewhere than at `origin`. */
export function checkOrigin({ task, known }: NamedTask, origin: string | undefined): void {
  const { baseUrl } = recordOf(known) ?? {};
  if (baseUrl === undefined || new URL(baseUrl).origin === origin) return;
  throw invalidArgument('task', `a task of ${task.provider} at ${origin}, where this client asks`, baseUrl);
}
