import {
  catchError,
  filter,
  type Observable,
  of,
  switchMap,
  takeWhile,
  tap,
  throwError,
  throwIfEmpty,
  timeout,
} from 'rxjs';
import { RushesError } from '../../errors.js';
import { transportError } from '../../http/transport-error.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { parseBody } from '../../providers/parse-body.js';
import { isSameTask, type TaskRef } from '../../task/ref.js';
import { toldError } from '../../told/told-error.js';
import { toldEvent } from '../../told/told-event.js';
import { toldSnapshot } from '../../told/told-snapshot.js';
import { eventsPath, taskPath } from '../wire/task-address.js';
import { discard, type GatewayAnswer, type GatewayCalls, type GatewayRequest } from './gateway-calls.js';
import { scrubJson } from './headers.js';
import { messages, type Said } from './messages.js';

/** Why the gateway lets none of some tasks in: perhaps because of one of them, or because they are so many. */
export class RefusedTogether {
  constructor(readonly error: RushesError) {}
}

/** Who listens to a connection. */
export interface ConnectionListener {
  /** The gateway has let us in; what comes begins with how each task stands. */
  opened(): void;
  /** News of a task that was asked for. */
  heard(event: TaskEvent): void;
  /** The message with this id was understood; `undefined`: begin anew, with no id. */
  reached(id: string | undefined): void;
}

/** What there is to ask for of `tasks`. */
export function eventsRequest(tasks: readonly TaskRef[], lastId?: string): GatewayRequest {
  const [sole, ...others] = tasks;
  return {
    method: 'GET',
    path: sole && others.length === 0 ? `${taskPath(sole)}/events` : eventsPath(tasks),
    headers: { accept: 'text/event-stream', ...(lastId !== undefined && { 'last-event-id': lastId }) },
  };
}

/**
 * One connection for the news of `tasks`. It emits at each sign of life (news of them, a heartbeat), and completes
 * when the gateway closes it after any.
 *
 * @throws `UNAVAILABLE`, retryable, when it breaks, is silent for too long or closes without a word; `BAD_RESPONSE`,
 * retryable, when there was something, but nothing to be understood; what `gateway.refusal` says when it is not opened,
 * as {@link RefusedTogether} where fewer tasks might be let in.
 */
export function connect(
  gateway: GatewayCalls,
  tasks: readonly TaskRef[],
  lastId: string | undefined,
  listener: ConnectionListener,
): Observable<unknown> {
  const { silenceMs, waits } = gateway.settings;
  return gateway.open(eventsRequest(tasks, lastId)).pipe(
    switchMap((answer) => {
      if (answer.status === 204) {
        // Nothing follows for whoever has seen all; who waits for news still has not.
        listener.reached(undefined);
        discard(answer);
        return throwError(() => unavailable('the gateway has nothing more to tell'));
      }
      if (!isEventStream(answer)) return refused(gateway, answer);
      gateway.hasAnsweredWell = true;
      listener.opened();
      let isGarbled = false;
      const nothing = (how: string) =>
        isGarbled
          ? new RushesError('BAD_RESPONSE', 'the gateway says nothing that can be understood', { retryable: true })
          : unavailable(how);
      const signs = messages(answer.body).pipe(
        catchError((error) => throwError(() => transportError(error, answer.scrub))),
        tap((said) => {
          if (isEnd(said)) listener.reached(undefined);
        }),
        takeWhile((said) => !isEnd(said)),
        filter((said) => {
          const isGood = said.kind === 'comment' || understood(said, answer.scrub, tasks, listener);
          isGarbled ||= !isGood;
          return isGood;
        }),
        throwIfEmpty(() => nothing('the gateway closed the connection without a word')),
      );
      const inTime = timeout<Said, Observable<never>>({
        each: silenceMs,
        scheduler: waits,
        with: () => throwError(() => nothing(`the gateway was silent for ${silenceMs} ms`)),
      });
      return silenceMs === Number.POSITIVE_INFINITY ? signs : signs.pipe(inTime);
    }),
  );
}

/**
 * Whether the gateway lets `tasks` in together: why not, when fewer might be.
 *
 * @throws What passes, and what would be said of any tasks.
 */
export function tryOut(gateway: GatewayCalls, tasks: readonly TaskRef[]): Observable<RushesError | undefined> {
  return gateway.open(eventsRequest(tasks), { refreshAfter: [401] }).pipe(
    switchMap((answer) => {
      if (answer.status !== 204 && !isEventStream(answer)) return refused(gateway, answer);
      discard(answer);
      return of(undefined);
    }),
    catchError((error: unknown) => (error instanceof RefusedTogether ? of(error.error) : throwError(() => error))),
  );
}

/** A 401 is about who asks, and a wrong address is wrong for all. */
function refused(gateway: GatewayCalls, answer: GatewayAnswer): Observable<never> {
  return gateway.refused(answer).pipe(
    catchError((error: RushesError) => {
      const isOfAll = answer.status === 401 || error.code === 'BAD_RESPONSE' || error.code === 'UNSUPPORTED';
      return throwError(() => (isOfAll || error.retryable ? error : new RefusedTogether(error)));
    }),
  );
}

function isEventStream({ status, header }: GatewayAnswer): boolean {
  return status === 200 && /^\s*text\/event-stream\s*(?:;|$)/i.test(header('content-type') ?? '');
}

function isEnd(said: Said): boolean {
  return said.kind === 'message' && said.event === 'end';
}

/** Whether a message is news of one of `tasks`; then its listener has been told. */
function understood(
  { event, id, data }: Extract<Said, { kind: 'message' }>,
  scrub: (text: string) => string,
  tasks: readonly TaskRef[],
  listener: ConnectionListener,
): boolean {
  const body = parseBody(scrubJson(data, scrub));
  if (body.kind !== 'json') return false;
  const news = event === 'lost' ? lostEvent(body.value, tasks) : event === 'message' ? newsIn(body.value) : undefined;
  if (!news || !tasks.some((task) => isSameTask(task, news.task))) return false;
  listener.heard(news);
  if (id !== undefined && /^[\w.-]{1,128}$/.test(id)) listener.reached(id);
  return true;
}

function newsIn(value: unknown): TaskEvent | undefined {
  const snapshot = toldSnapshot(value);
  return snapshot ? { kind: 'snapshot', task: snapshot.task, snapshot } : toldEvent(value);
}

/** On a connection for one task an error need not say whose it is. */
function lostEvent(value: unknown, [sole, ...others]: readonly TaskRef[]): TaskEvent | undefined {
  const error = toldError(value, others.length === 0 ? sole : undefined);
  return error?.task && { kind: 'lost', task: error.task, error };
}

function unavailable(message: string): RushesError {
  return new RushesError('UNAVAILABLE', message, { retryable: true });
}
