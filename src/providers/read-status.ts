import { type Status, statusOfWord } from '../task/status.js';
import type { Facts } from './facts.js';
import { cleanText } from './read-text.js';

/**
 * A task's status in our word and in its provider's. Without one, and for a word that is new, it is `unknown`.
 *
 * @example
 * ```ts
 * readStatus({ status: 'SUCCESS' }); // { status: 'completed', providerStatus: 'SUCCESS' }
 * ```
 */
export function readStatus(facts: Facts): { readonly status: Status; readonly providerStatus: string } {
  const said = facts['status'];
  const word = typeof said === 'string' ? cleanText(said) : '';
  const status = statusOfWord(word);
  // The constant, where it says the same, lets go of the string that came with the answer.
  return { status, providerStatus: word === status ? status : word };
}
