import { type RushesError, scrub } from '../../errors.js';

/** An error as viewers are shown it, in answers and on streams alike. */
export function shownError(error: RushesError): object {
  const said = error.toJSON();
  return { ...said, message: scrub(said.message) };
}
