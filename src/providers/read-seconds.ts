import { readNumber } from './read-number.js';

/**
 * The length of a video in seconds: text in the OpenAI dialect (`"5"`, and `""` for Veo at CometAPI), a number at Ark.
 *
 * @example
 * ```ts
 * readSeconds('5'); // 5
 * readSeconds(''); // undefined
 * ```
 */
export function readSeconds(value: unknown): number | undefined {
  const seconds = readNumber(value);
  return seconds !== undefined && seconds > 0 ? seconds : undefined;
}
