import { firstValueFrom, merge, Observable } from 'rxjs';
import { checkPositiveMs } from '../../cadence/delay.js';
import { checkNames, invalidArgument } from '../../errors.js';
import { type CloudEvent, tellsEnd } from '../envelope/cloud-event.js';
import type { Publisher } from '../publish/publisher.js';
import { checkMqtt, failWhenLost, type MqttEvents, topicsOf } from './mqtt-client.js';

/** What is called of the `MqttClient` of mqtt.js. */
export interface MqttPublisherClient extends MqttEvents {
  /** Sends a message; the callback is told of its acknowledgement. */
  publish(
    topic: string,
    message: string,
    options: {
      readonly qos: 1;
      readonly retain: boolean;
      readonly properties: { readonly contentType: string; readonly messageExpiryInterval?: number };
    },
    acknowledged: (error?: Error | null) => void,
  ): unknown;
}

/** Where events go at an MQTT broker. */
export interface MqttPublisherOptions {
  /**
   * What the topics begin with. The end of a task goes to `<topic>/<provider>/<token>`, live and lost news to
   * `<topic>/<provider>/<token>/live`, so that late live news never takes the place of a retained end.
   */
  readonly topic: string;
  /** Whether the broker keeps the last event of each topic for who comes later. @defaultValue `false` */
  readonly retain?: boolean;
  /** How long the broker keeps an event, in whole seconds, rounded up; with MQTT 5 only. @defaultValue for ever */
  readonly keepMs?: number;
}

/** The defaults of {@link MqttPublisherOptions} that are plain values. */
export const mqttPublisherDefaults = Object.freeze({ retain: false } satisfies Partial<MqttPublisherOptions>);

/** MQTT counts the life of a message in seconds of 32 bits. */
const LONGEST_LIFE_S = 2 ** 32 - 1;

/**
 * Onto an MQTT broker, by a client of mqtt.js 5, with QoS 1: an event is published once the broker has acknowledged it. A
 * broker of MQTT 3.1.1 also acknowledges what it drops for want of rights; one of MQTT 5 says so, and the event is tried
 * again. While the client reconnects, what it has not seen acknowledged waits in it and goes first.
 *
 * @throws `INVALID_ARGUMENT` at the call for options that are wrong, and for a topic of more than 65,535 bytes.
 * @example
 * ```ts
 * const publisher = mqttPublisher(connect('mqtt://127.0.0.1'), { topic: 'video', retain: true });
 * client.watch('task_abc123').pipe(publishTo(publisher)).subscribe();
 * // video/cometapi/task_abc123/live: queued … in_progress; video/cometapi/task_abc123: completed
 * ```
 */
export function mqttPublisher(client: MqttPublisherClient, options: MqttPublisherOptions): Publisher {
  checkNames('mqttPublisher', options, ['topic', 'retain', 'keepMs']);
  const { topic: prefix, retain, keepMs } = { ...mqttPublisherDefaults, ...options };
  checkMqtt('mqttPublisher', client, prefix);
  if (typeof retain !== 'boolean') throw invalidArgument('mqttPublisher.retain', 'true or false', retain);
  if (keepMs !== undefined) checkPositiveMs('mqttPublisher.keepMs', keepMs);
  const properties = {
    contentType: 'application/cloudevents+json',
    ...(keepMs !== undefined && { messageExpiryInterval: Math.min(Math.ceil(keepMs / 1_000), LONGEST_LIFE_S) }),
  };
  // Also of a client that was lost while nothing was under way, as mqtt.js would keep silent.
  const lost = failWhenLost(client);
  return {
    async publish(event) {
      const topic = topicOf(prefix, event);
      const acknowledged = new Observable<void>((subscriber) => {
        client.publish(topic, JSON.stringify(event), { qos: 1, retain, properties }, (error) => {
          if (error) subscriber.error(error);
          else subscriber.next();
        });
      });
      await firstValueFrom(merge(lost, acknowledged));
    },
  };
}

function topicOf(prefix: string, { data }: CloudEvent): string {
  const [end, live] = topicsOf(prefix, data.task);
  return tellsEnd(data) ? end : live;
}
