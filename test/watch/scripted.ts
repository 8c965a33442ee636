import { NEVER, Observable, type SchedulerLike, timer } from 'rxjs';
import { cometapi, type HttpResponse, type SentRequest, type Transport } from '../../src/index.js';

/** What a scripted server does with one request. */
export type Answer =
  | { readonly kind: 'reset'; readonly afterMs: number }
  | { readonly kind: 'hang' }
  | {
      readonly kind: 'answer';
      readonly afterMs: number;
      readonly status: number;
      readonly text: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

export interface ScriptedRequest {
  readonly request: SentRequest;
  readonly startedMs: number;
  outcome: 'in flight' | 'answered' | 'failed' | 'aborted';
}

export const canary = 'sk-canary-0123456789abcdef';
export const provider = () => cometapi({ apiKey: canary });
export const ref = { provider: 'cometapi', id: 'task_1' } as const;

/** The body that a provider of the /v1/videos family sends for `status`. */
export function body(status: string, more: Record<string, unknown> = {}): string {
  return JSON.stringify({ id: ref.id, object: 'video', status, created_at: 1_777_385_418, ...more });
}

export const said = (status: string, more: Record<string, unknown> = {}, afterMs = 100): Answer => ({
  kind: 'answer',
  afterMs,
  status: 200,
  text: body(status, more),
});

export const refused = (status: number, text = '', headers: Record<string, string> = {}, afterMs = 100): Answer => ({
  kind: 'answer',
  afterMs,
  status,
  text,
  headers,
});

/** A server in virtual time that answers the n-th request (from 0) as `script` says. */
export function scripted(scheduler: SchedulerLike, script: (nth: number, request: SentRequest) => Answer) {
  const requests: ScriptedRequest[] = [];
  const send = (request: SentRequest) =>
    new Observable<HttpResponse>((subscriber) => {
      const entry: ScriptedRequest = { request, startedMs: scheduler.now(), outcome: 'in flight' };
      const answer = script(requests.push(entry) - 1, request);
      subscriber.add(() => {
        if (entry.outcome === 'in flight') entry.outcome = 'aborted';
      });
      return (answer.kind === 'hang' ? NEVER : timer(answer.afterMs, scheduler)).subscribe(() => {
        entry.outcome = answer.kind === 'answer' ? 'answered' : 'failed';
        if (answer.kind !== 'answer') return subscriber.error(new TypeError('fetch failed'));
        const { status, text, headers = {} } = answer;
        subscriber.next({ status, text, url: request.url, header: (name) => headers[name] ?? null });
        subscriber.complete();
      });
    });
  const transport: Transport = Object.assign(send, { open: () => NEVER });
  return {
    transport,
    requests,
    get inFlight() {
      return requests.filter(({ outcome }) => outcome === 'in flight').length;
    },
  };
}

/** The last answer of `answers` is given for ever. */
export const inTurn =
  (...answers: readonly Answer[]) =>
  (nth: number): Answer =>
    answers[Math.min(nth, answers.length - 1)] as Answer;
