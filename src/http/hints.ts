import { clampHint } from '../cadence/delay.js';
import type { HttpResponse } from '../providers/provider.js';

type Headed = Pick<HttpResponse, 'header'>;

/**
 * How long an answer's headers ask to wait, in milliseconds, within `hintLimits`: `retry-after-ms`, else
 * `openai-poll-after-ms`, else `retry-after` in seconds or as a date, which counts from the answer's own `Date`.
 * What is no such value is ignored.
 *
 * @param nowMs - The time, in epoch milliseconds, for a date in an answer without `Date`.
 * @example
 * ```ts
 * readHint(response, Date.now()); // 5000, when it says `Retry-After: 5`
 * ```
 */
export function readHint(response: Headed, nowMs: number): number | undefined {
  return (
    clampHint(decimal(response, 'retry-after-ms')) ??
    clampHint(decimal(response, 'openai-poll-after-ms')) ??
    clampHint(decimal(response, 'retry-after') * 1_000) ??
    clampHint(Math.max(date(response, 'retry-after') - (date(response, 'date') || nowMs), 0))
  );
}

/**
 * How many seconds ago a cache got the answer, by its `Age` header; `undefined` when it says nothing.
 *
 * @example
 * ```ts
 * readAge(response); // 30, when it says `Age: 30`
 * ```
 */
export function readAge(response: Headed): number | undefined {
  const seconds = decimal(response, 'age');
  return Number.isFinite(seconds) ? seconds : undefined;
}

function decimal(response: Headed, name: string): number {
  const value = response.header(name) ?? '';
  return /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
}

/** `Date.parse` alone also takes `-1` and local times for dates. */
function date(response: Headed, name: string): number {
  const value = response.header(name) ?? '';
  return /^[a-z]{3,9}, .+ GMT$/i.test(value) ? Date.parse(value) : Number.NaN;
}
