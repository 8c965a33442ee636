import type { FleetSettings } from './fleet-settings.js';

/**
 * How the time is divided for which a server leaves a task to a worker: first what may pass unnoticed while the worker is
 * stopped, then what passes before its request, the request, and the word to the server of what comes next.
 */

/** How often a worker looks whether it was stopped. */
export const BEAT_MS = 500;

/** How long a stop has to be to count as one. What comes out of the socket is never older, without our knowing. */
export const STOP_MS = 2_000;

/** How long a request may wait for room in its budget: what waits longer takes its turn another time. */
export const ADMISSION_MS = 2_000;

/** How long may pass before a request begins: what began later might not be over in time. */
const BEFORE_MS = ADMISSION_MS + 250;

/** How long a word takes to the server. */
const WORD_MS = 250;

type Timed = Pick<FleetSettings, 'requestTimeoutMs'>;

/** How long a task is surely a worker's, from when it came out of the socket. */
export function holdMs({ requestTimeoutMs }: Timed): number {
  return BEFORE_MS + requestTimeoutMs;
}

/** How long the server waits for word of a task that it handed out: `ack_wait` of the consumers. */
export function ackWaitMs(settings: Timed): number {
  return BEAT_MS + STOP_MS + holdMs(settings) + WORD_MS;
}
