import type { SnapshotSource } from '../../watch/snapshot-source.js';
import { snapshotsOf } from '../read/snapshots-of.js';
import { checkClient, latestKeys, type RedisClient } from './redis-client.js';
import { RedisReader } from './redis-reader.js';
import { checkRedisSource, type RedisSourceOptions } from './redis-source-options.js';

/**
 * Watches tasks whose news is in a Redis stream: first the latest that is known of a task, then what comes. All watched
 * tasks share one connection, made by the client's `duplicate()` and closed when nothing is watched any more. For what was
 * trimmed before it was read, the latest of each watched task is read again, so that no end is missed.
 *
 * @param client - A client of `ioredis` or `redis`, which stays the caller's to close.
 * @throws `INVALID_ARGUMENT` at the call when an option is out of its range, and as the error of a watch when the key of
 * the stream holds something else; `UNAUTHORIZED` when Redis refuses the user; `UNAVAILABLE` when it could not be read for
 * `retry.giveUpAfterMs`; `STALLED` when nothing was heard of a task for `firstNewsMs`.
 * @example
 * ```ts
 * const client = createClient(redisSource(new Redis(), { stream: 'video.events' }));
 * client.watch({ provider: 'cometapi', id: 'task_1' }).subscribe(({ status }) => console.log(status)); // queued … completed
 * ```
 */
export function redisSource(client: RedisClient, options: RedisSourceOptions): SnapshotSource {
  checkRedisSource('redisSource', options);
  checkClient('redisSource(client)', client, 'duplicate');
  const reader = new RedisReader(client, options, latestKeys('redisSource.stream', options.stream));
  return (task) => reader.newsOf(task).pipe(snapshotsOf(task, options));
}
