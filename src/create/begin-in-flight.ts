import type { Flights } from './flights.js';
import type { Begun } from './ledger.js';

/**
 * What `begin` comes to. The create of that key flies from before it is begun, since its note can be read before it is
 * durable, and goes on to where it is a new one.
 */
export async function beginInFlight(flights: Flights, key: string, begin: () => Promise<Begun>): Promise<Begun> {
  let isNew = false;
  flights.add(key);
  try {
    const begun = await begin();
    isNew = begun.kind === 'new';
    return begun;
  } finally {
    if (!isNew) flights.land(key);
  }
}
