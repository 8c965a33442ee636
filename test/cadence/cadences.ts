import { expect } from 'vitest';
import type { Seen } from '../../src/cadence/cadence.js';
import { RushesError } from '../../src/errors.js';

/** What a cadence sees, with what matters spelled out. */
export function seen(facts: Partial<Seen> = {}): Seen {
  return Object.freeze({ polls: 1, elapsedMs: 0, sinceChangeMs: 0, ...facts });
}

/** Values that are no number of milliseconds, and how a refusal shows them. */
export const noMs: readonly (readonly [value: unknown, shown: string])[] = [
  [Number.NaN, 'NaN'],
  [-1, '-1'],
  [-Number.MIN_VALUE, '-5e-324'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
  ['5000', '"5000"'],
  [null, 'null'],
  [5n, '5'],
  [[5], 'an array'],
];

/** Expects `call` to throw `INVALID_ARGUMENT` with exactly this message. */
export function expectRefusal(call: () => unknown, message: string): void {
  expect(call).toThrow(new RushesError('INVALID_ARGUMENT', message));
  expect(call).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
}
