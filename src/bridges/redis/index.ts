export type {
  IoRedisClient,
  IoRedisCommands,
  IoRedisConnection,
  NodeRedisClient,
  NodeRedisCommands,
  NodeRedisConnection,
  RedisClient,
  RedisCommands,
} from './redis-client.js';
export { type RedisPublisherOptions, redisPublisher, redisPublisherDefaults } from './redis-publisher.js';
export { redisSource } from './redis-source.js';
export { type RedisSourceOptions, redisSourceDefaults } from './redis-source-options.js';
