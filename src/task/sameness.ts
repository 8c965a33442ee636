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

/** What a snapshot says, as text: the same for those that {@link isSameNews} takes for the same. */
export function newsText(snapshot: Snapshot): string {
  return textOf(snapshot);
}

function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  const facts = value as Facts;
  const said = factsOf(facts).sort();
  return `{${said.map((key) => `${JSON.stringify(key)}:${textOf(facts[key])}`).join()}}`;
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
