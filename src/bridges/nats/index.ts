export { type NatsPublisherOptions, type NatsWriter, natsPublisher, natsPublisherDefaults } from './nats-publisher.js';
export {
  type NatsConsumer,
  type NatsReader,
  type NatsSourceOptions,
  natsSource,
  natsSourceDefaults,
} from './nats-source.js';
export type { NatsManager, NatsMessage } from './nats-stream.js';
