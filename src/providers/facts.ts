/** An object of a body, of which nothing is known yet. */
export type Facts = Readonly<Record<string, unknown>>;

/** `value` as {@link Facts}; `undefined` for lists and everything that is no object. */
export function factsOf(value: unknown): Facts | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Facts) : undefined;
}

/** The value at a path of own keys, such as `content.video_url` or `output.0`. */
export function valueAt(facts: Facts, path: string): unknown {
  let value: unknown = facts;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Facts)[key];
  }
  return value;
}

/** What `read` makes of the first path that has something it can read. */
export function firstOf<T>(
  facts: Facts,
  paths: readonly string[],
  read: (value: unknown) => T | undefined,
): T | undefined {
  for (const path of paths) {
    const found = read(valueAt(facts, path));
    if (found !== undefined) return found;
  }
  return undefined;
}
