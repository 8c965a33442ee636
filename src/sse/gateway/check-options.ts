import { checkPositiveMs } from '../../cadence/delay.js';
import { invalidArgument } from '../../errors.js';

/** The times of a stream of events. */
export interface StreamTimes {
  readonly heartbeatMs: number;
  readonly stallTimeoutMs: number;
  readonly maxStreamMs: number;
}

/** Whoever may see a task now may not see it for ever without asking again. */
const LONGEST_STREAM_MS = 3_600_000;

/** Proxies and viewers take what says nothing for longer to be dead. */
const LONGEST_SILENCE_MS = 15_000;

/** @throws `INVALID_ARGUMENT` for a time of a stream that cannot be. */
export function checkStreamTimes({ heartbeatMs, stallTimeoutMs, maxStreamMs }: StreamTimes): void {
  checkPositiveMs('heartbeatMs', heartbeatMs);
  if (heartbeatMs > LONGEST_SILENCE_MS)
    throw invalidArgument('heartbeatMs', `at most ${LONGEST_SILENCE_MS}`, heartbeatMs);
  checkPositiveMs('stallTimeoutMs', stallTimeoutMs);
  checkPositiveMs('maxStreamMs', maxStreamMs);
  if (maxStreamMs > LONGEST_STREAM_MS)
    throw invalidArgument('maxStreamMs', `at most ${LONGEST_STREAM_MS}`, maxStreamMs);
}

/** What is set: an option that is `undefined` is as good as absent. */
export function given<T extends object>(options: T): T {
  const set = { ...options };
  for (const name of Object.keys(set) as (keyof T)[]) if (set[name] === undefined) delete set[name];
  return set;
}
