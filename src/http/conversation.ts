import type { Observable, Subscriber } from 'rxjs';
import { MAX_HOPS } from './redirects.js';
import type { SentRequest } from './transport.js';
import { transportError } from './transport-error.js';

/** How a request is sent, and what is made of its answer. */
export interface Way<Answer, Shown> {
  readonly send: (request: SentRequest) => Observable<Answer>;
  /** The request to send instead, after a redirect. */
  readonly redirect: (request: SentRequest, answer: Answer, hopsLeft: number) => SentRequest | undefined;
  /** The answer, without the key. */
  readonly show: (answer: Answer, scrubKey: (text: string) => string, request: SentRequest) => Shown;
}

/**
 * Sends `request` and what its redirects ask for, until there is an answer to show. No error shows the key.
 *
 * Written by hand, since a few operators around each poll would cost as much as all the rest of it.
 */
export function converse<Answer, Shown>(
  way: Way<Answer, Shown>,
  request: SentRequest,
  scrubKey: (text: string) => string,
  subscriber: Subscriber<Shown>,
): void {
  const fail = (error: unknown) => subscriber.error(transportError(error, scrubKey));
  const safely =
    <T>(action: (value: T) => void) =>
    (value: T): void => {
      try {
        action(value);
      } catch (error) {
        fail(error);
      }
    };
  let hopsLeft = MAX_HOPS;
  const send = safely((asked: SentRequest) => {
    let answered = false;
    const next = safely((answer: Answer) => {
      if (answered) return;
      answered = true;
      const instead = way.redirect(asked, answer, hopsLeft--);
      if (instead) {
        send(instead);
      } else {
        subscriber.next(way.show(answer, scrubKey, asked));
        subscriber.complete();
      }
    });
    const complete = () => answered || fail(new Error('no answer'));
    subscriber.add(way.send(asked).subscribe({ next, error: fail, complete }));
  });
  send(request);
}
