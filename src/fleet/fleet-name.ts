/** What a fleet is called where nobody says it. */
export const usualFleetName = 'rushes';

/** What is wrong with a name of a fleet, as what it has to be; `undefined` for a name that is fine. */
export function fleetNameProblem(name: unknown): string | undefined {
  const isFine = typeof name === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(name);
  return isFine ? undefined : '1-64 characters of A-Z, a-z, 0-9, "_" and "-"';
}
