/** The place before the first entry of a stream. */
export const START = '0-0';

/** Both numbers of an id have 64 bits. */
const BITS = 64n;

/** Whether this can be the id of an entry. */
export function isPlace(id: unknown): id is string {
  if (typeof id !== 'string' || !/^\d{1,20}-\d{1,20}$/.test(id)) return false;
  return id.split('-').every((part) => BigInt(part) < 1n << BITS);
}

/** A place as one number, as the two of an id do not fit into a float. */
export function placeOf(id: string): bigint {
  const [ms = '', sequence = ''] = id.split('-');
  return (BigInt(ms) << BITS) + BigInt(sequence);
}
