/** Freezes JSON through and through. How deep it is has to be known: see `parseBody`. */
export function frozen<T>(json: T): T {
  if (typeof json === 'object' && json !== null) Object.values(Object.freeze(json)).forEach(frozen);
  return json;
}
