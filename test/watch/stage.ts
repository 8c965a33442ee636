import { Observable } from 'rxjs';
import {
  type Activity,
  type ClientOptions,
  createClient,
  type HttpResponse,
  type Provider,
  type SentRequest,
  type Snapshot,
  type Transport,
} from '../../src/index.js';
import { createClock } from '../../src/testing/clock.js';
import { type Answer, body, inTurn, provider, ref, scripted } from './scripted.js';

type Script = (nth: number, request: SentRequest) => Answer;

export interface StageOptions extends ClientOptions {
  readonly over?: Provider | readonly Provider[];
}

/** A client in virtual time before a scripted server; the last of several answers is given for ever. */
export function stage(script: Script | readonly Answer[], { over = provider(), ...options }: StageOptions = {}) {
  const clock = createClock();
  const startMs = clock.now();
  const server = scripted(clock, typeof script === 'function' ? script : inTurn(...script));
  const client = createClient(over, { transport: server.transport, scheduler: clock, random: () => 0.5, ...options });
  const activity: Activity[] = [];
  return {
    clock,
    server,
    client,
    /** Milliseconds since the start. */
    now: () => clock.now() - startMs,
    /** When each request was started, in milliseconds since the start. */
    askedAt: () => server.requests.map(({ startedMs }) => startedMs - startMs),
    activity,
    listen: () => client.activity.subscribe((act) => activity.push(act)),
    kinds: () => activity.map(({ kind }) => kind),
  };
}

/** A snapshot as a caller may hold it. */
export function held(status: Snapshot['status'], more: object = {}): Snapshot {
  return { task: ref, status, providerStatus: status, ...more } as Snapshot;
}

/** A transport that answers inside `subscribe`, the n-th request (from 0) with this text. */
export function instant(text: (nth: number) => string): Transport & { requests: SentRequest[] } {
  const requests: SentRequest[] = [];
  const send = (request: SentRequest) =>
    new Observable<HttpResponse>((subscriber) => {
      const nth = requests.push(request) - 1;
      subscriber.next({ status: 200, url: request.url, text: text(nth), header: () => null });
      subscriber.complete();
    });
  return Object.assign(send, { requests, open: () => new Observable<never>() });
}

/** Bodies of a task that is at another per cent each time, until the `last`-th answer (from 0) completes it. */
export const progressing = (last: number) => (nth: number) =>
  nth >= last ? body('completed') : body('in_progress', { progress: nth % 100 });
