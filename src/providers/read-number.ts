/** A finite number, also where it is written as text (`"5"`); everything else is `undefined`. */
export function readNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^[+-]?\d{1,17}(?:\.\d{1,17})?$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
