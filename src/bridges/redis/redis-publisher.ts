import { checkPositiveMs } from '../../cadence/delay.js';
import { checkNames, invalidArgument, messageOf, RushesError } from '../../errors.js';
import { tellsEnd } from '../envelope/cloud-event.js';
import type { Publisher } from '../publish/publisher.js';
import { checkClient, latestKeys, type RedisCommands, send } from './redis-client.js';

/** Where news goes in Redis, and how much of it is kept. */
export interface RedisPublisherOptions {
  /** The key of the stream. With a hash tag, as in `{video}.events`, the client's `keyPrefix` works in a cluster too. */
  readonly stream: string;
  /** How many entries the stream is kept to, or some more: Redis trims it in whole blocks. @defaultValue 100000 */
  readonly maxLength?: number;
  /**
   * How long the latest event of a task is kept beside the stream: for who comes late, and so that nothing is published
   * after a task's end. @defaultValue 604800000
   */
  readonly keepLatestMs?: number;
}

/** The defaults of {@link RedisPublisherOptions}. */
export const redisPublisherDefaults = Object.freeze({
  maxLength: 100_000,
  keepLatestMs: 604_800_000,
} satisfies Partial<RedisPublisherOptions>);

/**
 * Publishes to a Redis stream: an entry for each event, whose field `event` is its JSON, and in the same step the latest
 * event of its task under a key of its own. What Redis has as the latest is not stored again, and nothing is after the end
 * of a task. An acknowledgement is worth what the server's `appendfsync` is.
 *
 * @param client - A client of `ioredis` or `redis`, which stays the caller's to close.
 * @throws `INVALID_ARGUMENT` at the call when an option is out of its range.
 * @example
 * ```ts
 * const publisher = redisPublisher(new Redis(), { stream: 'video.events' });
 * client.watch('task_1').pipe(publishTo(publisher)).subscribe(({ status }) => console.log(status)); // queued … completed
 * ```
 */
export function redisPublisher(client: RedisCommands, options: RedisPublisherOptions): Publisher {
  const label = 'redisPublisher';
  checkNames(label, options, ['stream', 'maxLength', 'keepLatestMs']);
  const { stream, maxLength, keepLatestMs } = { ...redisPublisherDefaults, ...options };
  checkClient(`${label}(client)`, client);
  const latestKey = latestKeys(`${label}.stream`, stream);
  if (!(Number.isSafeInteger(maxLength) && maxLength >= 1))
    throw invalidArgument(`${label}.maxLength`, 'a whole number, 1 or more', maxLength);
  checkPositiveMs(`${label}.keepLatestMs`, keepLatestMs);
  const limits = [maxLength, Math.min(Math.ceil(keepLatestMs), Number.MAX_SAFE_INTEGER)].map(String);
  const run = scriptOf(client);
  return {
    async publish(event) {
      const keys = [stream, latestKey(event.data.task)];
      try {
        await run([
          String(keys.length),
          ...keys,
          JSON.stringify(event),
          event.id,
          tellsEnd(event.data) ? '1' : '0',
          ...limits,
        ]);
      } catch (error) {
        throw refusal(error);
      }
    },
  };
}

/** Redis checks memory, role and types before a script's first write, so it is done whole or not at all. */
const script = `
local latest = redis.call('HMGET', KEYS[2], 'id', 'end')
if latest[1] == ARGV[2] or latest[2] == '1' then return false end
local entry = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], '*', 'event', ARGV[1])
redis.call('HSET', KEYS[2], 'event', ARGV[1], 'id', ARGV[2], 'end', ARGV[3], 'entry', entry)
redis.call('PEXPIRE', KEYS[2], ARGV[5])
return entry`;

/** Sends the script itself only to a server that does not know it yet. */
function scriptOf(client: RedisCommands): (args: readonly string[]) => Promise<unknown> {
  let sha: string | undefined;
  return async (args) => {
    sha ??= await sha1(script);
    try {
      return await send(client, 'EVALSHA', sha, ...args);
    } catch (error) {
      if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
      return send(client, 'EVAL', script, ...args);
    }
  };
}

async function sha1(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A client's error carries its command, and with it the whole event: only its message is kept. */
function refusal(error: unknown): RushesError {
  const message = messageOf(error);
  // No server can ever do it; all else somebody can put right while it is tried.
  const retryable = !message.startsWith('CROSSSLOT');
  return new RushesError('UNAVAILABLE', `redis did not take it: ${message}`, { retryable, cause: error });
}
