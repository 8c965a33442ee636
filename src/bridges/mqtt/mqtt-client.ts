import { filter, fromEventPattern, map, merge, type Observable, scan, shareReplay } from 'rxjs';
import { checkFunctions, invalidArgument } from '../../errors.js';
import type { TaskRef } from '../../task/ref.js';
import { addressOf, checkAddress } from '../address.js';

/** What is heard of the `MqttClient` of mqtt.js. */
export interface MqttEvents {
  readonly reconnecting: boolean;
  /** Listens for connections and their ends. */
  on(event: 'connect' | 'close', listener: () => void): unknown;
  /** Listens for why a connection ended. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Listens for messages of all topics. */
  on(event: 'message', listener: (topic: string, payload: Uint8Array) => void): unknown;
  /** Listens no more. */
  off(event: 'connect' | 'close', listener: () => void): unknown;
  /** Listens no more. */
  off(event: 'error', listener: (error: Error) => void): unknown;
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

/** Why the client is gone and does not come back by itself, until it is connected again: then `undefined`. */
export function lossOf(client: MqttEvents): Observable<Error | undefined> {
  const connected = heard<void>(client, 'connect').pipe(map(() => undefined));
  // Its other errors are told before it tries again; these are a broker's reason codes.
  const refused = heard<Error>(client, 'error').pipe(
    filter((error) => typeof (error as { code?: unknown }).code === 'number'),
  );
  const closed = heard<void>(client, 'close').pipe(
    filter(() => !client.reconnecting),
    map(() => new Error('the client has closed and does not reconnect')),
  );
  return merge(connected, refused, closed).pipe(
    scan<Error | undefined, Error | undefined>((first, told) => told && (first ?? told), undefined),
    shareReplay({ bufferSize: 1, refCount: true }),
  );
}

function heard<T>(client: MqttEvents, event: 'connect' | 'close' | 'error'): Observable<T> {
  return fromEventPattern<T>(
    (listener) => client.on(event as 'error', listener),
    (listener) => client.off(event as 'error', listener),
  );
}
