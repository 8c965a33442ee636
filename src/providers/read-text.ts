import { scrub } from '../errors.js';

/** Nothing in such a word can be a secret's mark, an address or a control character. */
const plainWord = /^[\w.:-]{1,200}$/;

/** Foreign text as it may be shown and kept: scrubbed, unless it is one plain word. */
export function cleanText(text: string): string {
  return plainWord.test(text) ? text : scrub(text);
}

/** A text of an answer, cleaned and trimmed; `undefined` for blank text and everything else. */
export function readText(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  return cleanText(value).trim() || undefined;
}
