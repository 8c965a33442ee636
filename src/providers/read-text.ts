import { scrub } from '../errors.js';

/** The longest text that is kept of an answer. */
export const MAX_TEXT = 2_000;

/** Nothing in such a word can be a secret's mark, an address or a control character. */
const plainWord = /^[\w.:-]{1,200}$/;

/** Foreign text as it may be shown and kept: scrubbed, at most {@link MAX_TEXT} characters. */
export function cleanText(text: string): string {
  if (plainWord.test(text)) return text;
  return scrub(copyOfStart(text)).slice(0, MAX_TEXT);
}

/** A text of an answer, cleaned and trimmed; `undefined` for blank text and everything else. */
export function readText(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  return cleanText(value).trim() || undefined;
}

/** Engines keep the whole of a string alive for a slice of it, which would hold a megabyte for each task. */
function copyOfStart(text: string): string {
  return text.length > MAX_TEXT ? Array.from(text.slice(0, MAX_TEXT)).join('') : text;
}
