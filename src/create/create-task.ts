import { Observable } from 'rxjs';
import { type CreateTrace, isRushesError, messageOf, RushesError } from '../errors.js';
import { readHint } from '../http/hints.js';
import { readRequestIds } from '../http/request-ids.js';
import type { CreateInput } from '../providers/create-input.js';
import type { HttpResponse, Operation } from '../providers/provider.js';
import type { Snapshot } from '../task/snapshot.js';
import type { Account } from '../watch/account.js';
import type { PollSettings } from '../watch/poll-source.js';
import { heedPause, withRaw } from '../watch/read.js';
import type { CreateOutcome, Ledger } from './ledger.js';
import { ledgerFailed } from './ledger-failed.js';

/** How creates are made. */
export interface CreateSettings extends Pick<PollSettings, 'waits' | 'reporter' | 'raw'> {
  readonly account: Account;
  readonly exchange: (operation: Operation) => Observable<HttpResponse>;
  readonly createTimeoutMs: number;
  readonly ledger?: Ledger | undefined;
}

/** Failures of a connection that no request can have gone over. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

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
  account.provider.ask({ kind: 'create', input });
  return new Promise((resolve, reject) => {
    const permitted = new Observable<never>((permit) => {
      const free = () => permit.complete();
      const send = (key?: string) => new Create(input, { key, idempotencyKey }, settings).send(resolve, reject, free);
      if (!ledger) return send();
      const refuse = (error: unknown) => {
        reject(ledgerFailed(error, 'the create could not be noted, so it was not sent', { retryable: true }));
        free();
      };
      invoke(() => ledger.begin({ provider, baseUrl, input, idempotencyKey })).then((begun) => {
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
  #isTold = false;

  constructor(
    private readonly input: CreateInput,
    { key, idempotencyKey }: { readonly key?: string | undefined; readonly idempotencyKey?: string | undefined },
    private readonly settings: CreateSettings,
  ) {
    const { name: provider, baseUrl } = settings.account.provider;
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
    const limit = waits.schedule(() => {
      fail(this.#ambiguous(`no answer came within ${createTimeoutMs} ms`));
      free();
    }, createTimeoutMs);
    const done = () => {
      limit.unsubscribe();
      free();
    };
    exchange({ kind: 'create', input: this.input }).subscribe({
      next: (response) => {
        try {
          const heard = this.#hear(response);
          if ('status' in heard) this.#succeed(heard).then(resolve);
          else fail(heard);
        } catch (error) {
          fail(this.#ambiguous(`the answer could not be understood: ${messageOf(error)}`, response, error));
        }
      },
      error: (error: unknown) => {
        fail(refused(error) ?? this.#ambiguous(messageOf(error), undefined, error));
        done();
      },
      complete: done,
    });
  }

  #hear(response: HttpResponse): Snapshot | RushesError {
    const { account, waits, raw } = this.settings;
    const heard = account.provider.hear({ kind: 'create', input: this.input }, response);
    const retryAfterMs = readHint(response, waits.now());
    heedPause(response, retryAfterMs, this.settings);
    if (heard.kind === 'snapshot') {
      const snapshot = withRaw(heard, raw);
      account.hasAnsweredWell = true;
      account.expect(snapshot.task, waits.now());
      return snapshot;
    }
    if (heard.kind === 'done') return this.#ambiguous('the answer names no task', response);
    if (heard.code === 'CREATE_AMBIGUOUS') return this.#ambiguous(heard.message, response);
    return new RushesError(heard.code, heard.message, { retryable: heard.retryable, retryAfterMs });
  }

  async #succeed(snapshot: Snapshot): Promise<Snapshot> {
    await this.#note({ kind: 'created', snapshot });
    this.settings.reporter.report(() => ({ kind: 'created', task: snapshot.task, snapshot }));
    return snapshot;
  }

  /** Tells of the first failure only: an answer that breaks after its time was up is no news. */
  async #fail(error: RushesError): Promise<RushesError> {
    if (this.#isTold) return error;
    this.#isTold = true;
    const { code, message, create } = error;
    if (code !== 'CREATE_AMBIGUOUS') {
      await this.#note({ kind: 'refused', code, message });
      return error;
    }
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

/** The error of a create that certainly made nothing, if `error` proves it. */
function refused(error: unknown): RushesError | undefined {
  if (!isRushesError(error)) return undefined;
  if (error.code === 'INVALID_ARGUMENT' || error.code === 'UNAUTHORIZED') return error;
  return codesOf(error.cause).some((code) => neverSent.has(code)) ? error : undefined;
}

function codesOf(cause: unknown): string[] {
  const { code, cause: inner } = Object(cause) as { code?: unknown; cause?: unknown };
  return [...(typeof code === 'string' ? [code] : []), ...(inner === undefined ? [] : codesOf(inner))];
}

/** What `call` promises; what it throws is a rejection. */
async function invoke<T>(call: () => Promise<T>): Promise<T> {
  return call();
}
