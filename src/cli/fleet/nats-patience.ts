import type { NatsConnection } from '@nats-io/transport-node';
import { catchError, defer, filter, from, map, type Observable, retry, throwError, timer } from 'rxjs';
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
    catchError(() => []),
  );
}
