import { type MonoTypeOperatorFunction, Observable, type OperatorFunction } from 'rxjs';
import { clampHint } from '../cadence/delay.js';
import type { Waits } from '../cadence/waits.js';
import { aboutTask, RushesError } from '../errors.js';
import { readAge, readHint } from '../http/hints.js';
import type { Heard, HttpResponse, Operation } from '../providers/provider.js';
import { frozen } from '../task/frozen.js';
import type { TaskRef } from '../task/ref.js';
import type { FailedSnapshot, Snapshot } from '../task/snapshot.js';
import type { Account } from './account.js';
import type { Reporter } from './activity.js';

/** What one read is told and tells, beside its snapshot. */
export interface ReadMemory {
  readonly task: TaskRef;
  /** The last answer, so that an unchanged one needs no second look. */
  lastText?: string | undefined;
  lastSnapshot?: Snapshot | undefined;
  /** When the body of that answer said to ask again. */
  bodyHintMs?: number | undefined;
  /** When the server said to ask again, by the last answer's headers or body. */
  hintMs?: number | undefined;
  /** How many wakes had come when the last request began: it answers to them. */
  wakesBefore?: number;
}

/** What reads are made with. */
export interface ReaderOptions {
  readonly account: Account;
  readonly exchange: (operation: Operation) => Observable<HttpResponse>;
  readonly requestTimeoutMs: number;
  readonly raw: boolean;
  readonly waits: Waits;
  readonly reporter: Reporter;
}

/** One read of a task: at most one request, started as soon as the budget lets it. */
export type Reader = (memory: ReadMemory, dueMs: number) => Observable<Snapshot>;

/** Asks through the provider's dialect, and takes what comes back for what the provider says it means. */
export function createReader(options: ReaderOptions): Reader {
  const { account, exchange, requestTimeoutMs, waits } = options;
  const inTime = timeLimit<HttpResponse>(requestTimeoutMs, waits);
  return (memory, dueMs) => {
    const operation = { kind: 'read', task: memory.task } as const;
    return exchange(operation).pipe(inTime, understand(operation, memory, options), account.lane.admit(dueMs));
  };
}

/** At most `ms` for one request; then `UNAVAILABLE`. */
export function timeLimit<T>(ms: number, waits: Waits): MonoTypeOperatorFunction<T> {
  if (ms === Number.POSITIVE_INFINITY) return (source) => source;
  const late = () => new RushesError('UNAVAILABLE', `no answer came within ${ms} ms`, { retryable: true });
  return (source) =>
    new Observable((subscriber) => {
      subscriber.add(waits.schedule(() => subscriber.error(late()), ms));
      return source.subscribe(subscriber);
    });
}

function understand(
  operation: Extract<Operation, { kind: 'read' }>,
  memory: ReadMemory,
  options: ReaderOptions,
): OperatorFunction<HttpResponse, Snapshot> {
  const { account, reporter, waits } = options;
  const { task } = operation;
  return (source) =>
    new Observable((subscriber) => {
      memory.wakesBefore = waits.wakes;
      reporter.report(() => ({ kind: 'asked', task, request: requestLine(account, operation) }));
      const fail = (error: unknown) => subscriber.error(hopeful(aboutTask(error, task, memory.lastSnapshot)));
      return source.subscribe({
        next: (response) => {
          let snapshot: Snapshot;
          try {
            snapshot = interpret(response);
          } catch (error) {
            return fail(error);
          }
          subscriber.next(snapshot);
          subscriber.complete();
        },
        error: fail,
        complete: () =>
          subscriber.closed ||
          fail(new RushesError('UNAVAILABLE', 'the transport gave no answer', { retryable: true })),
      });
    });

  function interpret(response: HttpResponse): Snapshot {
    const { status } = response;
    const hintMs = readHint(response, waits.now());
    const isUnchanged = status === 200 && response.text === memory.lastText;
    if (!isUnchanged) remember(response, account.provider.hear(operation, response), hintMs);
    memory.hintMs = hintMs ?? memory.bodyHintMs;
    account.found(task);
    const snapshot = memory.lastSnapshot as Snapshot;
    reporter.report(() => {
      const ageSeconds = readAge(response);
      return { kind: 'answered', task, status, snapshot, ...(ageSeconds !== undefined && { ageSeconds }) };
    });
    return snapshot;
  }

  function remember(response: HttpResponse, heard: Heard, hintMs: number | undefined): void {
    if (heard.kind === 'problem' && heard.code === 'NOT_FOUND' && account.wasCancelled(task, waits.now())) {
      memory.lastSnapshot = cancelledByUs(task);
      return;
    }
    if (heard.kind !== 'snapshot') throw trouble(response, heard, hintMs);
    memory.lastText = response.status === 200 ? response.text : undefined;
    memory.bodyHintMs = clampHint(heard.pollAfterMs);
    memory.lastSnapshot = withRaw(heard, options.raw);
  }

  function trouble(
    response: HttpResponse,
    heard: Exclude<Heard, { kind: 'snapshot' }>,
    retryAfterMs: number | undefined,
  ): RushesError {
    if (heard.kind === 'done') return new RushesError('BAD_RESPONSE', 'the answer says nothing of the task');
    heedPause(response, retryAfterMs, options);
    return new RushesError(heard.code, heard.message, { retryable: heard.retryable, retryAfterMs });
  }

  /** Some answers are final only where nothing good was ever heard. */
  function hopeful(error: RushesError): RushesError {
    const mayPass =
      (error.code === 'BAD_RESPONSE' && account.hasAnsweredWell) ||
      (error.code === 'NOT_FOUND' && account.mayAppear(task, waits.now()));
    if (error.retryable || !mayPass) return error;
    const { code, message, lastSnapshot, retryAfterMs, cause } = error;
    return new RushesError(code, message, { task, lastSnapshot, retryAfterMs, cause, retryable: true });
  }
}

/** What is said of a task that was cancelled and is forgotten by its provider: Ark does so after a day. */
export function cancelledByUs(task: TaskRef): FailedSnapshot {
  const error = Object.freeze({ message: 'cancelled by this client' });
  return Object.freeze({ task, status: 'cancelled', providerStatus: '', error });
}

/** A 429 or 503 with a hint asks everyone with this key to pause. */
export function heedPause(
  { status }: HttpResponse,
  pauseMs: number | undefined,
  { account, reporter }: Pick<ReaderOptions, 'account' | 'reporter'>,
): void {
  if (pauseMs === undefined || (status !== 429 && status !== 503)) return;
  account.lane.pause(pauseMs);
  const { origin, provider } = account;
  reporter.report(() => ({ kind: 'throttled', provider: provider.name, origin, pauseMs }));
}

function requestLine({ provider, origin }: Account, operation: Operation) {
  const { method, template } = provider.ask(operation);
  return { method, origin, path: template };
}

/** What was heard, with the body as received if that is wanted. */
export function withRaw({ snapshot, body }: Extract<Heard, { kind: 'snapshot' }>, raw: boolean): Snapshot {
  return raw ? Object.freeze({ ...snapshot, raw: frozen(body) }) : snapshot;
}
