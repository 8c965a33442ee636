export type { AmqpEvents } from './amqp-channel.js';
export {
  type AmqpConfirmChannel,
  type AmqpPublisherOptions,
  type AmqpReturn,
  amqpPublisher,
  amqpPublisherDefaults,
} from './amqp-publisher.js';
export {
  type AmqpChannel,
  type AmqpMessage,
  type AmqpSourceOptions,
  amqpSource,
} from './amqp-source.js';
