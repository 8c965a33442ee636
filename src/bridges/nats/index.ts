export { type NatsPublisherOptions, type NatsWriter, natsPublisher, natsPublisherDefaults } from './nats-publisher.js';
export type { NatsConsumer, NatsReader } from './nats-reading.js';
export { type NatsSourceOptions, natsSource, natsSourceDefaults } from './nats-source.js';
export type { NatsManager, NatsMessage } from './nats-stream.js';
