import { catchError, defer, map, merge, type Observable, ReplaySubject, take, throwError } from 'rxjs';
import { neverSent } from '../../create/never-sent.js';
import { isRushesError, RushesError } from '../../errors.js';
import { readRequestIds } from '../../http/request-ids.js';
import { retryTransient } from '../../operators/retry-transient.js';
import { parseBody } from '../../providers/parse-body.js';
import type { HttpResponse } from '../../providers/provider.js';
import type { Snapshot } from '../../task/snapshot.js';
import { toldSnapshot } from '../../told/told-snapshot.js';
import { timeLimit } from '../../watch/read.js';
import type { GatewayCalls, GatewayRequest } from './gateway-calls.js';

/** What is known of the last answer to a create. */
export interface Evidence {
  readonly status?: number;
  readonly requestIds: Readonly<Record<string, string>>;
}

/** What the gateway says for certain: asking again would not change it. */
class Settled {
  constructor(readonly error: RushesError) {}
}

/**
 * One create on its way to a gateway: sent, and sent again under the same key while its answer is lost, since the gateway
 * answers a key that it knows with the same task. Nothing takes back what was sent, and an answer that comes late counts.
 */
export class Posting {
  /** The task, whichever of the requests its answer came to, and however late. */
  readonly made = new ReplaySubject<Snapshot>(1);
  evidence: Evidence = { requestIds: {} };
  /** Requests of which nobody knows what they did. */
  #unresolved: number;
  readonly #sentMs: number;

  /** @param isResumed - It was sent before, and what that did is not known. */
  constructor(
    private readonly gateway: GatewayCalls,
    private readonly request: GatewayRequest,
    private readonly provider: string | undefined,
    isResumed: boolean,
  ) {
    this.#unresolved = isResumed ? 1 : 0;
    this.#sentMs = gateway.settings.waits.now();
  }

  /** Whether there may be a task of which no answer told. */
  get isAmbiguous(): boolean {
    return this.#unresolved > 0;
  }

  /** The task that was made. @throws Why there is none, or, while {@link isAmbiguous}, why nobody knows. */
  send(): Observable<Snapshot> {
    const { retry, random, createTimeoutMs, waits } = this.gateway.settings;
    const sending = defer(() => this.#post()).pipe(
      retryTransient({
        ...retry,
        random,
        attemptMs: createTimeoutMs,
        scheduler: waits.wakeable,
        pauseScheduler: waits,
      }),
      catchError((error: unknown) => throwError(() => (error instanceof Settled ? error.error : error))),
    );
    return merge(this.made, sending).pipe(take(1));
  }

  #post(): Observable<Snapshot> {
    const { createTimeoutMs, waits } = this.gateway.settings;
    const answer = new ReplaySubject<Snapshot>(1);
    this.#unresolved++;
    this.gateway
      .ask(this.request, Number.POSITIVE_INFINITY)
      .pipe(
        catchError((error: unknown) => throwError(() => this.#unsent(error))),
        map((response) => this.#hear(response)),
      )
      .subscribe(answer);
    answer.subscribe({ next: (snapshot) => this.made.next(snapshot), error: () => undefined });
    return answer.pipe(
      timeLimit(createTimeoutMs, waits),
      catchError((error: unknown) => throwError(() => this.#inPatience(error))),
    );
  }

  #unsent(error: unknown): unknown {
    if (neverSent(error)) this.#unresolved--;
    return error;
  }

  #hear(response: HttpResponse): Snapshot {
    const { status } = response;
    this.evidence = { status, requestIds: readRequestIds(response) };
    if (response.redirected) {
      throw new Settled(new RushesError('BAD_RESPONSE', 'the platform followed a redirect by itself'));
    }
    if (status >= 200 && status < 300) {
      const body = parseBody(response.text);
      const snapshot = body.kind === 'json' ? toldSnapshot(body.value) : undefined;
      if (snapshot && (this.provider === undefined || snapshot.task.provider === this.provider)) {
        this.gateway.hasAnsweredWell = true;
        return snapshot;
      }
      throw new RushesError('BAD_RESPONSE', 'the answer names no task', { retryable: true });
    }
    const { error, isTold } = this.gateway.refusal(response);
    if (status < 400) return this.#refuse(new RushesError('REJECTED', error.message));
    if (status === 404 && !isTold)
      return this.#refuse(new RushesError('UNSUPPORTED', 'nothing creates at this address'));
    if (error.code === 'CREATE_AMBIGUOUS') throw new Settled(error);
    // What stands before a gateway may refuse what the gateway has taken; only its own words, or clear ones, count.
    const isProof = isTold || (!error.retryable && status !== 409 && status !== 499);
    if (!isProof) throw error;
    return this.#refuse(error);
  }

  /** This request made nothing; where an earlier one may have, it is asked again for as long as that can help. */
  #refuse(error: RushesError): never {
    this.#unresolved--;
    throw this.isAmbiguous && error.retryable ? error : new Settled(error);
  }

  /** Pauses that were asked for cost no patience, but a caller does not wait for a task without end. */
  #inPatience(error: unknown): unknown {
    const { retry, waits } = this.gateway.settings;
    const isOver = waits.now() - this.#sentMs >= retry.giveUpAfterMs;
    return isOver && isRushesError(error) ? new Settled(error) : error;
  }
}
