import { EMPTY, filter, map, merge, mergeMap, Observable, scan, shareReplay, throwError, timer } from 'rxjs';
import { checkFunctions, invalidArgument } from '../../errors.js';
import type { TaskRef } from '../../task/ref.js';
import { addressOf, checkAddress } from '../address.js';

/** What is heard of the `MqttClient` of mqtt.js. */
export interface MqttEvents {
  readonly reconnecting: boolean;
  /** The latest connection. */
  readonly stream?: { readonly closed?: boolean };
  /** Listens for connections, attempts at them and their ends. */
  on(event: 'connect' | 'reconnect' | 'close', listener: () => void): unknown;
  /** Listens for why a connection ended. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Listens for messages of all topics. */
  on(event: 'message', listener: (topic: string, payload: Uint8Array) => void): unknown;
  /** Listens no more. */
  off(event: 'connect', listener: () => void): unknown;
  /** Listens no more. */
  off(event: 'message', listener: (topic: string, payload: Uint8Array) => void): unknown;
}

const MAX_TOPIC_BYTES = 65_535;

/** Where the end of a task goes, and where its live and lost news goes. @throws `INVALID_ARGUMENT` */
export function topicsOf(prefix: string, task: TaskRef): readonly [end: string, live: string] {
  const end = [prefix, ...addressOf(task)].join('/');
  return [end, checkAddress('topic', `${end}/live`, MAX_TOPIC_BYTES)];
}

/** @throws `INVALID_ARGUMENT` naming what is wrong. */
export function checkMqtt(label: string, client: object, topic: unknown): void {
  const { on, off } = Object(client);
  if (!on || !off) throw invalidArgument(`${label}(client)`, 'a client of mqtt.js', client);
  checkFunctions({ 'client.on': on, 'client.off': off });
  if (typeof topic !== 'string' || !/^[^+#\0]+$/.test(topic))
    throw invalidArgument(`${label}.topic`, 'a topic without wildcards, such as "video"', topic);
}

/** What is known of each client: its listeners stay with it, so that they are the same few for all who ask. */
const losses = new WeakMap<MqttEvents, Observable<Error | undefined>>();

/** Why the client is gone and does not come back by itself, until it tries again: then `undefined`. */
function lossOf(client: MqttEvents): Observable<Error | undefined> {
  const known = losses.get(client);
  if (known) return known;
  const loss = merge(
    merge(heard(client, 'connect'), heard(client, 'reconnect')).pipe(map(() => undefined)),
    // Its other errors are told before it tries again; these are a broker's reason codes.
    heard<Error>(client, 'error').pipe(filter((error) => typeof (error as { code?: unknown }).code === 'number')),
    // What it lost before, no event tells; and what it is losing is known only after its `close`.
    merge(heard(client, 'close'), timer(0).pipe(filter(() => client.stream?.closed === true))).pipe(
      filter(() => !client.reconnecting),
      map(() => new Error('the client has closed and does not reconnect')),
    ),
  ).pipe(
    scan<Error | undefined, Error | undefined>((first, told) => told && (first ?? told), undefined),
    shareReplay(1),
  );
  losses.set(client, loss);
  loss.subscribe();
  return loss;
}

/** Never a value: fails with what {@link lossOf} tells. */
export function failWhenLost(client: MqttEvents): Observable<never> {
  return lossOf(client).pipe(mergeMap((loss) => (loss ? throwError(() => loss) : EMPTY)));
}

function heard<T = void>(client: MqttEvents, event: 'connect' | 'reconnect' | 'close' | 'error'): Observable<T> {
  return new Observable((subscriber) => {
    client.on(event as 'error', (value) => subscriber.next(value as T));
  });
}
