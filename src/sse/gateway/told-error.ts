import { type RushesError, scrub } from '../../errors.js';

/** An error as viewers are told it, in answers and on streams alike. */
export function toldError(error: RushesError): object {
  const said = error.toJSON();
  return { ...said, message: scrub(said.message) };
}
