import { invalidArgument } from '../errors.js';

/** The shortest wait that a server's hint can ask for, and the longest. */
export const hintLimits = Object.freeze({ minMs: 250, maxMs: 600_000 });

/** Whether `ms` can be waited for: a finite number of milliseconds, not negative. */
export function isDelay(ms: unknown): ms is number {
  return typeof ms === 'number' && Number.isFinite(ms) && ms >= 0;
}

/** A wait that a server asked for, kept within {@link hintLimits}; `undefined` when it is none. */
export function clampHint(ms: unknown): number | undefined {
  return isDelay(ms) ? Math.min(Math.max(ms, hintLimits.minMs), hintLimits.maxMs) : undefined;
}

/** Checks an option that is a number of milliseconds. @throws `INVALID_ARGUMENT` naming the option. */
export function checkMs(option: string, ms: unknown, { orInfinity = false } = {}): number {
  if (isDelay(ms) || (orInfinity && ms === Number.POSITIVE_INFINITY)) return ms as number;
  throw invalidArgument(option, `milliseconds: a finite number, 0 or more${orInfinity ? ', or Infinity' : ''}`, ms);
}

/** {@link checkMs} for a time that would be a loop if it were 0. @throws `INVALID_ARGUMENT` naming the option. */
export function checkPositiveMs(option: string, ms: unknown): void {
  if (checkMs(option, ms) === 0) throw invalidArgument(option, 'more than 0 milliseconds', ms);
}
