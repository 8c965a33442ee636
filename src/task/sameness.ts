import type { Snapshot } from './snapshot.js';

type Facts = Readonly<Record<string, unknown>>;

/** Gateways put a moving `updated_at` or `completed_at` into every answer; the time of saying is not news. */
const saysWhen = /(?:_at|_time|At|Time)$/;

/**
 * Whether two snapshots say the same, that is, are equal in all but time.
 *
 * @returns `false` for snapshots of different tasks.
 */
export function isSameNews(a: Snapshot, b: Snapshot): boolean {
  return a === b || isSameValue(a, b);
}

function isSameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Facts, b as Facts];
  const keys = factsOf(left);
  return (
    keys.length === factsOf(right).length && keys.every((key) => key in right && isSameValue(left[key], right[key]))
  );
}

function factsOf(value: Facts): string[] {
  return Object.keys(value).filter((key) => value[key] !== undefined && !saysWhen.test(key));
}
