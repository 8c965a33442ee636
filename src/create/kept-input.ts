/** A create's input as it is now, whatever its owner does to it later. Files and the like stay what they are. */
export function keptInput<T>(input: T, known = new Map<unknown, unknown>()): T {
  if (typeof input !== 'object' || input === null || !isPlain(input)) return input;
  const copied = known.get(input);
  if (copied) return copied as T;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(input) ? [] : {};
  known.set(input, copy);
  for (const [name, value] of Object.entries(input)) {
    Object.defineProperty(copy, name, { value: keptInput(value, known), enumerable: true });
  }
  return Object.freeze(copy) as T;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}
