import { defer, type Observable, tap } from 'rxjs';
import { isRushesError, RushesError } from '../errors.js';
import { readHint } from '../http/hints.js';
import type { CreateInput } from '../providers/create-input.js';
import type { HttpResponse, Operation } from '../providers/provider.js';
import type { Snapshot } from '../task/snapshot.js';
import type { Account } from '../watch/account.js';
import type { PollSettings } from '../watch/poll-source.js';
import { heedPause } from '../watch/read.js';

/** How creates are made. */
export interface CreateSettings extends Pick<PollSettings, 'waits' | 'reporter'> {
  readonly account: Account;
  readonly exchange: (operation: Operation) => Observable<HttpResponse>;
  readonly createTimeoutMs: number;
}

/** Failures of a connection that no request can have gone over. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH']);

/**
 * Makes a task with one POST. Nothing takes that POST back: it goes on when nobody waits for its answer any more, since
 * an aborted create may have been taken, and billed, all the same.
 */
export function createTask(input: CreateInput, settings: CreateSettings): Promise<Snapshot> {
  const { account, exchange, createTimeoutMs, waits, reporter } = settings;
  const operation = { kind: 'create', input } as const;
  account.provider.ask(operation);
  return new Promise((resolve, reject) => {
    let hasFailed = false;
    const fail = (error: RushesError) => {
      if (hasFailed) return;
      hasFailed = true;
      if (error.code === 'CREATE_AMBIGUOUS') {
        reporter.report(() => ({ kind: 'ambiguous', provider: account.provider.name, error }));
      }
      reject(error);
    };
    const post = defer(() => {
      const limit = waits.schedule(
        () => fail(ambiguous(settings, input, `no answer came within ${createTimeoutMs} ms`)),
        createTimeoutMs,
      );
      return exchange(operation).pipe(tap({ finalize: () => limit.unsubscribe() }));
    });
    post.pipe(account.lane.admit(waits.now())).subscribe({
      next: (response) => {
        const heard = account.provider.hear(operation, response);
        const retryAfterMs = readHint(response, waits.now());
        heedPause(response, retryAfterMs, settings);
        if (heard.kind === 'snapshot') {
          const { snapshot } = heard;
          account.expect(snapshot.task, waits.now());
          reporter.report(() => ({ kind: 'created', task: snapshot.task, snapshot }));
          resolve(snapshot);
        } else if (heard.kind === 'problem' && heard.code !== 'CREATE_AMBIGUOUS') {
          fail(new RushesError(heard.code, heard.message, { retryable: heard.retryable, retryAfterMs }));
        } else {
          fail(ambiguous(settings, input, heard.kind === 'problem' ? heard.message : 'the answer names no task'));
        }
      },
      error: (error: unknown) => fail(refused(error) ?? ambiguous(settings, input, (error as Error).message, error)),
    });
  });
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

function ambiguous({ account }: CreateSettings, input: CreateInput, reason: string, cause?: unknown): RushesError {
  return new RushesError(
    'CREATE_AMBIGUOUS',
    `a task of ${input.model} may or may not have been made at ${account.origin}: ${reason}; look it up there before creating again`,
    { cause },
  );
}
