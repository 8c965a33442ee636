import {
  catchError,
  defer,
  finalize,
  map,
  merge,
  Observable,
  ReplaySubject,
  type Subscriber,
  share,
  throwError,
} from 'rxjs';
import { checkNames, messageOf, RushesError } from '../../errors.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { isSameTask, type TaskRef } from '../../task/ref.js';
import type { SnapshotSource } from '../../watch/snapshot-source.js';
import { type BusSourceOptions, busSourceNames, checkBusSource } from '../read/bus-source-options.js';
import { type BusMessage, GAP, type Gap, readNews } from '../read/read-news.js';
import { snapshotsOf } from '../read/snapshots-of.js';
import { checkMqtt, failWhenLost, type MqttEvents, topicsOf } from './mqtt-client.js';

/** What is called of the `MqttClient` of mqtt.js. */
export interface MqttSourceClient extends MqttEvents {
  readonly connected: boolean;
  readonly disconnecting: boolean;
  readonly disconnected: boolean;
  /** Subscribes, also to what it believes to have. */
  subscribe(
    topics: { [topic: string]: { qos: 1 } } & { resubscribe?: boolean },
    acknowledged: (error: Error | null) => void,
  ): unknown;
  /** Subscribes no more. */
  unsubscribe(topics: string[], acknowledged: (error?: Error) => void): unknown;
}

/** Where news is at an MQTT broker, and how it is taken. */
export interface MqttSourceOptions extends BusSourceOptions {
  /** The `topic` that the publisher has. */
  readonly topic: string;
}

/**
 * From an MQTT broker, by a client of mqtt.js 5 that speaks MQTT 3.1.1 or 5. Who comes late gets what the broker has
 * retained, the end of the task first; without `retain` at the publisher, only what comes. It subscribes anew whenever
 * the client is connected again, and then there has to be news of each task within `firstNewsMs`, as at first; a client
 * that does not reconnect is an error. Use one source for all that a client watches under a topic, as a subscription
 * that one gives up is gone for all.
 *
 * @throws `INVALID_ARGUMENT` at the call for options that are wrong, and as the error for a topic of more than 65,535
 * bytes; `UNAVAILABLE` when the client does not come back or the broker refuses the subscription; `STALLED` when
 * nothing was heard of a task for `firstNewsMs`, at first or after the connection was lost.
 * @example
 * ```ts
 * const source = mqttSource(connect('mqtt://127.0.0.1'), { topic: 'video' });
 * source({ provider: 'cometapi', id: 'task_abc123' }).subscribe(({ status }) => console.log(status)); // queued … completed
 * ```
 */
export function mqttSource(client: MqttSourceClient, options: MqttSourceOptions): SnapshotSource {
  checkNames('mqttSource', options, [...busSourceNames, 'topic']);
  checkMqtt('mqttSource', client, options.topic);
  checkBusSource('mqttSource', options);
  const subscriptions = new Subscriptions(client);
  const news = new Map<string, Observable<TaskEvent | Gap>>();

  const newsOf = (task: TaskRef): Observable<TaskEvent | Gap> => {
    const topics = topicsOf(options.topic, task);
    const [end] = topics;
    const known = news.get(end);
    if (known) return known;
    const isAddressOf = (told: TaskRef) => isSameTask(told, task);
    const told = subscriptions.read(topics).pipe(
      map((body): BusMessage | Gap => (body === GAP ? GAP : { body, isAddressOf })),
      readNews(options),
      finalize(() => news.get(end) === told && news.delete(end)),
      share({ connector: () => new ReplaySubject(1) }),
    );
    news.set(end, told);
    return told;
  };
  return (task) => defer(() => newsOf(task).pipe(snapshotsOf(task, options)));
}

/** The messages of many topics, heard by one listener of each kind at the client. */
class Subscriptions {
  readonly #client: MqttSourceClient;
  readonly #lost: Observable<never>;
  readonly #readers = new Map<string, Subscriber<Uint8Array | Gap>>();
  readonly #open = new Map<Subscriber<Uint8Array | Gap>, readonly string[]>();

  constructor(client: MqttSourceClient) {
    this.#client = client;
    this.#lost = failWhenLost(client).pipe(
      catchError((loss) => throwError(() => unavailable('the connection to the broker is lost', loss))),
    );
  }

  read(topics: readonly string[]): Observable<Uint8Array | Gap> {
    const messages = new Observable<Uint8Array | Gap>((subscriber) => {
      for (const topic of topics) this.#readers.set(topic, subscriber);
      this.#open.set(subscriber, topics);
      subscriber.add(() => this.#leave(subscriber, topics));
      if (this.#open.size === 1) this.#listen();
      const { connected, disconnecting, disconnected } = this.#client;
      if (disconnecting || disconnected) subscriber.error(unavailable('the client has ended'));
      else if (connected) this.#subscribe(subscriber, topics);
    });
    return merge(this.#lost, messages);
  }

  readonly #hear = (topic: string, payload: Uint8Array): void => {
    // An empty message is how a retained one is cleared.
    if (payload.length > 0) this.#readers.get(topic)?.next(payload);
  };

  readonly #subscribeAll = (): void => {
    for (const [subscriber, topics] of this.#open) {
      subscriber.next(GAP);
      this.#subscribe(subscriber, topics);
    }
  };

  #subscribe(subscriber: Subscriber<Uint8Array | Gap>, topics: readonly string[]): void {
    const each = Object.fromEntries(topics.map((topic) => [topic, { qos: 1 as const }]));
    // Else mqtt.js sends nothing for a topic that it believes to have, and the broker does not tell what it retains.
    this.#client.subscribe(Object.assign(each, { resubscribe: true }), (error) => {
      // What the loss of the connection has cut short is done again once there is one.
      if (error && this.#client.connected)
        subscriber.error(unavailable('the broker did not take the subscription', error));
    });
  }

  #leave(subscriber: Subscriber<Uint8Array | Gap>, topics: readonly string[]): void {
    this.#open.delete(subscriber);
    // Who subscribes again in the same breath has them already.
    const own = topics.filter((topic) => this.#readers.get(topic) === subscriber);
    for (const topic of own) this.#readers.delete(topic);
    // A connection that is lost has lost its subscriptions; without a callback, a client that ends would throw.
    if (own.length > 0) this.#client.unsubscribe(own, () => {});
    if (this.#open.size > 0) return;
    this.#client.off('message', this.#hear);
    this.#client.off('connect', this.#subscribeAll);
  }

  #listen(): void {
    this.#client.on('message', this.#hear);
    this.#client.on('connect', this.#subscribeAll);
  }
}

function unavailable(what: string, cause?: Error): RushesError {
  const message = cause ? `${what}: ${messageOf(cause)}` : what;
  return new RushesError('UNAVAILABLE', message, { retryable: true, cause });
}
