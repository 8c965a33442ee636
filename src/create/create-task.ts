import { Observable } from 'rxjs';
import { isRushesError, messageOf, RushesError } from '../errors.js';
import { readHint } from '../http/hints.js';
import type { CreateInput } from '../providers/create-input.js';
import type { HttpResponse, Operation } from '../providers/provider.js';
import type { Snapshot } from '../task/snapshot.js';
import type { Account } from '../watch/account.js';
import type { PollSettings } from '../watch/poll-source.js';
import { heedPause, withRaw } from '../watch/read.js';

/** How creates are made. */
export interface CreateSettings extends Pick<PollSettings, 'waits' | 'reporter' | 'raw'> {
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
    const hear = (response: HttpResponse) => {
      const heard = account.provider.hear(operation, response);
      const retryAfterMs = readHint(response, waits.now());
      heedPause(response, retryAfterMs, settings);
      if (heard.kind === 'snapshot') {
        const snapshot = withRaw(heard, settings.raw);
        account.expect(snapshot.task, waits.now());
        reporter.report(() => ({ kind: 'created', task: snapshot.task, snapshot }));
        resolve(snapshot);
      } else if (heard.kind === 'problem' && heard.code !== 'CREATE_AMBIGUOUS') {
        fail(new RushesError(heard.code, heard.message, { retryable: heard.retryable, retryAfterMs }));
      } else {
        fail(ambiguous(settings, input, heard.kind === 'problem' ? heard.message : 'the answer names no task'));
      }
    };
    const post = new Observable<never>((permit) => {
      const limit = waits.schedule(() => {
        fail(ambiguous(settings, input, `no answer came within ${createTimeoutMs} ms`));
        permit.complete();
      }, createTimeoutMs);
      permit.add(limit);
      // Its answer is heard also when the permit has long been given back.
      exchange(operation).subscribe({
        next: (response) => {
          try {
            hear(response);
          } catch (error) {
            fail(ambiguous(settings, input, `the answer could not be understood: ${messageOf(error)}`, error));
          }
        },
        error: (error: unknown) => {
          fail(refused(error) ?? ambiguous(settings, input, messageOf(error), error));
          permit.complete();
        },
        complete: () => permit.complete(),
      });
    });
    post.pipe(account.lane.admit(waits.now())).subscribe();
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
