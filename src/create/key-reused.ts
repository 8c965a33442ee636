import type { RushesError } from '../errors.js';

const mark = Symbol.for('rushes.keyReused');

/** Marks an `INVALID_ARGUMENT` that is about the idempotency key: it was used for another create. */
export function keyReused<T extends RushesError>(error: T): T {
  // What cannot be marked is told all the same.
  Reflect.defineProperty(error, mark, { value: true });
  return error;
}

/** Whether `error` was marked so: nothing else that is wrong with an input or a credential is. */
export function isKeyReused(error: RushesError): boolean {
  return mark in error;
}
