import { readNumber } from './read-number.js';

const EARLIEST = /* @__PURE__ */ Date.UTC(2000, 0);
const END = /* @__PURE__ */ Date.UTC(2101, 0);

/**
 * A moment in epoch milliseconds. The same field is in seconds at CometAPI, OpenAI and Ark and in milliseconds at
 * Infinity Blue and for Kling tasks of new-api, so the size tells: above 1e11 it is milliseconds. Outside the years
 * 2000-2100 it is nothing.
 *
 * @example
 * ```ts
 * readEpoch(1777385418); // 1777385418000
 * readEpoch(1764347090922); // 1764347090922
 * readEpoch(0); // undefined
 * ```
 */
export function readEpoch(value: unknown): number | undefined {
  const time = readNumber(value);
  if (time === undefined) return undefined;
  const ms = Math.round(time > 1e11 ? time : time * 1_000);
  return ms >= EARLIEST && ms < END ? ms : undefined;
}
