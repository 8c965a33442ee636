import { readNumber } from './read-number.js';

/**
 * Progress in percent, kept within 0-100. `/v1/videos` answers a number, the generic route of new-api `"50%"`
 * (its `TaskDto`), Ark nothing.
 *
 * @example
 * ```ts
 * readProgress('50%'); // 50
 * readProgress(null); // undefined
 * ```
 */
export function readProgress(value: unknown): number | undefined {
  const percent = readNumber(typeof value === 'string' ? value.slice(0, 50).trim().replace(/\s?%$/, '') : value);
  return percent === undefined ? undefined : Math.min(Math.max(percent, 0), 100);
}
