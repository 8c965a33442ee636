export type { MqttEvents } from './mqtt-client.js';
export {
  type MqttPublisherClient,
  type MqttPublisherOptions,
  mqttPublisher,
  mqttPublisherDefaults,
} from './mqtt-publisher.js';
export { type MqttSourceClient, type MqttSourceOptions, mqttSource } from './mqtt-source.js';
