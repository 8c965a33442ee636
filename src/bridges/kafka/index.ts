export { type KafkaProducer, type KafkaPublisherOptions, type KafkaRecord, kafkaPublisher } from './kafka-publisher.js';
export {
  type KafkaConsumer,
  type KafkaMessage,
  type KafkaSourceOptions,
  kafkaSource,
  kafkaSourceDefaults,
} from './kafka-source.js';
