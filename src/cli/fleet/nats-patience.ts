import type { NatsConnection } from '@nats-io/transport-node';
import {
  catchError,
  defer,
  distinctUntilChanged,
  filter,
  from,
  type MonoTypeOperatorFunction,
  map,
  type Observable,
  retry,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { messageOf } from '../../errors.js';
import type { WorkFigures } from '../../fleet/index.js';
import { exitCodes } from '../exit-code.js';
import type { Shell } from '../shell.js';
import { openNats } from './nats.js';
import type { NatsAccess } from './nats-access.js';
import { NatsTrouble } from './trouble.js';

/** How long after a try to connect another is made. */
const AGAIN_MS = 2_000;

/** A connection, as soon as there is one; what time does not mend is an error. */
export function connectPatiently(access: NatsAccess, { say }: Pick<Shell, 'say'>): Observable<NatsConnection> {
  let isTold = false;
  return defer(() => openNats(access, { isLasting: true })).pipe(
    retry({
      delay: (error: unknown) => {
        if (!(error instanceof NatsTrouble) || error.exitCode !== exitCodes.unknown) return throwError(() => error);
        if (!isTold) say(`rushes: ${error.message}; trying until it does`);
        isTold = true;
        return timer(AGAIN_MS);
      },
    }),
  );
}

/** Each time a connection is lost, and is there again. */
export function isAway(connection: NatsConnection): Observable<boolean> {
  return from(connection.status()).pipe(
    map(({ type }) => type),
    filter((type) => type === 'disconnect' || type === 'reconnect'),
    map((type) => type === 'disconnect'),
    distinctUntilChanged(),
    catchError(() => []),
  );
}

/** What is said of it. */
export function awayWords(isAway: boolean): string {
  return isAway ? 'rushes: the connection to NATS is lost: connecting anew' : 'rushes: back at NATS';
}

/**
 * Says once that NATS does not do what is asked of it, and once that it does again.
 *
 * @param isKnown - Whether there is nothing to be said, as who is away, or ends, cannot be well.
 */
export function tellTrouble(say: Shell['say'], isKnown: () => boolean): MonoTypeOperatorFunction<WorkFigures> {
  return (work) =>
    defer(() => {
      let isTold = false;
      let before = 0;
      return work.pipe(
        tap(({ isWell, busTroubles, lastTrouble }) => {
          // What was the last trouble before this one is no reason.
          const isNew = busTroubles > before;
          before = busTroubles;
          if (isKnown() || isWell !== isTold) return;
          // What has a task is trouble of its provider.
          if (!isWell && !(isNew && lastTrouble && !lastTrouble.task)) return;
          say(lastTrouble && !isWell ? troubleWords(lastTrouble) : 'rushes: NATS does what is asked again');
          isTold = !isWell;
        }),
      );
    });
}

/** What nobody mends for so long ends a worker. */
function troubleWords(trouble: unknown): string {
  const message = messageOf(trouble);
  const reason = message.replace(/^NATS failed: /, '');
  const what = message.startsWith('NATS hands') ? message : `NATS does not do what is asked: ${reason}`;
  return `rushes: ${what}; trying until it does, for 10 minutes at most`;
}
