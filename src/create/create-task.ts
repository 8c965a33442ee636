import { Observable } from 'rxjs';
import { aboutTask, type CreateTrace, invalidArgument, isRushesError, messageOf, RushesError } from '../errors.js';
import { readHint } from '../http/hints.js';
import { readRequestIds } from '../http/request-ids.js';
import type { CreateInput } from '../providers/create-input.js';
import type { HttpResponse, Operation, Provider } from '../providers/provider.js';
import type { Snapshot } from '../task/snapshot.js';
import type { Account } from '../watch/account.js';
import type { PollSettings } from '../watch/poll-source.js';
import { heedPause, withRaw } from '../watch/read.js';
import { idempotencyKeyForm, isIdempotencyKey } from './idempotency-key.js';
import { keptInput } from './kept-input.js';
import { keyReused } from './key-reused.js';
import type { CreateOutcome, Ledger } from './ledger.js';
import { ledgerFailed } from './ledger-failed.js';
import { neverSent } from './never-sent.js';

/** How creates are made. */
export interface CreateSettings extends Pick<PollSettings, 'waits' | 'reporter' | 'raw'> {
  readonly account: Account;
  readonly exchange: (operation: Operation, onHandedOver?: () => void) => Observable<HttpResponse>;
  readonly createTimeoutMs: number;
  readonly ledger?: Ledger | undefined;
}

/** A create in the words of a provider. */
type CreateOperation = Extract<Operation, { kind: 'create' }>;

/**
 * A create as it will be sent, whatever becomes of `input` meanwhile.
 *
 * @throws `INVALID_ARGUMENT` for what the provider cannot take, and for an idempotency key that no header can carry.
 */
export function createOperation(provider: Provider, input: CreateInput, idempotencyKey?: string): CreateOperation {
  if (idempotencyKey !== undefined && !isIdempotencyKey(idempotencyKey)) {
    throw invalidArgument('create.idempotencyKey', idempotencyKeyForm, idempotencyKey);
  }
  const named = idempotencyKey !== undefined && { idempotencyKey };
  const operation = Object.freeze({ kind: 'create', input: keptInput(input), ...named } as const);
  provider.ask(operation);
  return operation;
}

/**
 * Makes a task with one POST. Nothing takes that POST back: it goes on when nobody waits for its answer any more, since
 * an aborted create may have been taken, and billed, all the same.
 *
 * With a ledger the order is: noted as intended, sent, noted with what came of it, told.
 */
export function createTask(
  input: CreateInput,
  idempotencyKey: string | undefined,
  settings: CreateSettings,
): Promise<Snapshot> {
  const { account, ledger, waits } = settings;
  const { name: provider, baseUrl } = account.provider;
  const operation = createOperation(account.provider, input, idempotencyKey);
  return new Promise((resolve, reject) => {
    const permitted = new Observable<never>((permit) => {
      const free = () => permit.complete();
      const send = (key?: string) => new Create(operation, key, settings).send(resolve, reject, free);
      if (!ledger) return send();
      const refuse = (error: unknown) => {
        const retryable = !isRushesError(error) || error.retryable;
        // The input was checked before: what a ledger cannot take is the key.
        if (isRushesError(error) && error.code === 'INVALID_ARGUMENT') keyReused(error);
        reject(ledgerFailed(error, 'the create could not be noted, so it was not sent', { retryable }));
        free();
      };
      invoke(() => ledger.begin({ provider, baseUrl, input: operation.input, idempotencyKey })).then((begun) => {
        if (begun.kind === 'new') return send(begun.key);
        resolve(begun.snapshot);
        free();
      }, refuse);
    });
    permitted.pipe(account.lane.admit(waits.now())).subscribe();
  });
}

/** One POST and what comes of it, told once; what comes later still is noted. */
class Create {
  readonly #trace: CreateTrace;
  #isAmbiguous = false;

  constructor(
    private readonly operation: CreateOperation,
    key: string | undefined,
    private readonly settings: CreateSettings,
  ) {
    const { name: provider, baseUrl } = settings.account.provider;
    const { input, idempotencyKey } = operation;
    this.#trace = {
      provider,
      baseUrl,
      model: input.model,
      sentAt: settings.waits.now(),
      ...(key !== undefined && { key }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      requestIds: {},
    };
  }

  /** @param free - Gives the permit back: when the answer is there, or has taken too long. */
  send(resolve: (created: Snapshot) => void, reject: (error: RushesError) => void, free: () => void): void {
    const { exchange, createTimeoutMs, waits } = this.settings;
    const fail = (error: RushesError) => this.#fail(error).then(reject);
    let isHandedOver = false;
    const limit = waits.schedule(() => {
      if (!isHandedOver) sending.unsubscribe();
      fail(isHandedOver ? this.#ambiguous(`no answer came within ${createTimeoutMs} ms`) : noKey(createTimeoutMs));
      free();
    }, createTimeoutMs);
    const done = () => {
      limit.unsubscribe();
      free();
    };
    const handedOver = () => {
      isHandedOver = true;
    };
    const sending = exchange(this.operation, handedOver).subscribe({
      next: (response) => {
        try {
          const heard = this.#hear(response);
          if (!('status' in heard)) fail(heard);
          else if (response.redirected) this.#succeed(heard).then(() => fail(this.#maybeTwice(heard, response)));
          else this.#succeed(heard).then(resolve);
        } catch (error) {
          fail(this.#ambiguous(`the answer could not be understood: ${messageOf(error)}`, response, error));
        }
      },
      error: (error: unknown) => {
        fail(neverSent(error) ?? this.#ambiguous(messageOf(error), undefined, error));
        done();
      },
      complete: done,
    });
  }

  #hear(response: HttpResponse): Snapshot | RushesError {
    const { account, waits, raw } = this.settings;
    const heard = account.provider.hear(this.operation, response);
    const retryAfterMs = readHint(response, waits.now());
    heedPause(response, retryAfterMs, this.settings);
    if (heard.kind === 'snapshot') {
      const snapshot = withRaw(heard, raw);
      account.hasAnsweredWell = true;
      account.expect(snapshot.task, waits.now());
      return snapshot;
    }
    if (heard.kind === 'done') return this.#ambiguous('the answer names no task', response);
    if (response.redirected) return this.#ambiguous('the platform followed a redirect by itself', response);
    if (heard.code === 'CREATE_AMBIGUOUS') return this.#ambiguous(heard.message, response);
    return new RushesError(heard.code, heard.message, { retryable: heard.retryable, retryAfterMs });
  }

  async #succeed(snapshot: Snapshot): Promise<Snapshot> {
    await this.#note({ kind: 'created', snapshot });
    this.settings.reporter.report(() => ({ kind: 'created', task: snapshot.task, snapshot }));
    return snapshot;
  }

  /** An answer that is ambiguous after its time was up is no news; one that refuses is, for the ledger. */
  async #fail(error: RushesError): Promise<RushesError> {
    const { code, message, create } = error;
    if (code !== 'CREATE_AMBIGUOUS') {
      await this.#note({ kind: 'refused', code, message });
      return error;
    }
    if (this.#isAmbiguous) return error;
    this.#isAmbiguous = true;
    const { status, requestIds = {} } = create ?? {};
    await this.#note({ kind: 'ambiguous', message, requestIds, ...(status !== undefined && { status }) });
    this.settings.reporter.report(() => ({ kind: 'ambiguous', provider: this.#trace.provider, error }));
    return error;
  }

  /** What cannot be noted is told all the same: the task is paid for. */
  async #note(outcome: CreateOutcome): Promise<void> {
    const { ledger, reporter } = this.settings;
    const { key, provider } = this.#trace;
    if (!ledger || key === undefined) return;
    try {
      await ledger.note(key, outcome);
    } catch (cause) {
      const task = outcome.kind === 'created' ? outcome.snapshot.task : undefined;
      const error = ledgerFailed(cause, `what became of the create ${key} could not be noted`, { task });
      reporter.report(() => ({ kind: 'ledger-failed', provider, ...(task && { task }), error }));
    }
  }

  /** The one of the two that is known is recorded; nobody knows whether there is another. */
  #maybeTwice({ task }: Snapshot, response: HttpResponse): RushesError {
    const reason = `the platform followed a redirect by itself, so ${task.id} may be one of two`;
    return aboutTask(this.#ambiguous(reason, response), task);
  }

  #ambiguous(reason: string, response?: HttpResponse, cause?: unknown): RushesError {
    const { account } = this.settings;
    const answered = response && { status: response.status, requestIds: readRequestIds(response) };
    const create = { ...this.#trace, ...answered };
    const ids = Object.entries(create.requestIds).map(([name, id]) => ` (${name}: ${id})`);
    return new RushesError(
      'CREATE_AMBIGUOUS',
      `a task of ${create.model} may or may not have been made at ${account.origin}${ids.join('')}: ${reason}; look it up there before creating again`,
      { create, cause },
    );
  }
}

function noKey(timeoutMs: number): RushesError {
  const message = `the create was not sent: its key did not come within ${timeoutMs} ms`;
  return new RushesError('UNAVAILABLE', message, { retryable: true });
}

/** What `call` promises; what it throws is a rejection. */
async function invoke<T>(call: () => Promise<T>): Promise<T> {
  return call();
}
