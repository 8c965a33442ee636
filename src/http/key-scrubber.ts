const MIN_KEY_LENGTH = 6;
const REDACTED = '[redacted]';

/**
 * Makes a function that takes `key` out of a text: as it is, percent-encoded, escaped as in JSON, in base64 and
 * base64url at any alignment (so also within `user:key`), in any mix of these and in any case. Linear in the text.
 *
 * A key of less than 6 characters is left alone: taking it out would shred answers.
 *
 * @example
 * ```ts
 * keyScrubber('sk-secret')('{"error":"bad token sk%2Dsecret"}'); // '{"error":"bad token [redacted]"}'
 * ```
 */
export function keyScrubber(key: string): (text: string) => string {
  if (key.length < MIN_KEY_LENGTH) return (text) => text;
  const forms = [key, ...[0, 1, 2].map((alignment) => base64(key, alignment))].map(pieces);
  const start = new RegExp(forms.map(([first = '']) => pattern(first)).join('|'), 'i');
  let all: readonly RegExp[] | undefined;
  return (text) => {
    if (!start.test(text)) return text;
    all ??= forms.flat().map((piece) => new RegExp(pattern(piece), 'gi'));
    return all.reduce((rest, piece) => rest.replace(piece, REDACTED), text).replace(/(?:\[redacted\]){2,}/g, REDACTED);
  };
}

/** One expression for a long key is not compiled to machine code, and one for a very long key not at all. */
function pieces(form: string): readonly string[] {
  return form.match(/^.{1,31}$|.{16}(?=.{16})|.{16,31}$/g) ?? [];
}

/** The characters of the base64 form that depend on the key alone, when it begins at byte `alignment` of three. */
function base64(key: string, alignment: number): string {
  const sure = Math.floor(((alignment + key.length) * 4) / 3);
  return btoa('\0'.repeat(alignment) + key).slice(alignment && alignment + 1, sure);
}

/**
 * Runs of backslashes and of `25` come from texts that were escaped more than once. A backslash that may be missing
 * before every character would cost ten times as much.
 */
function pattern(form: string): string {
  return Array.from(form, (char) => {
    const spellings = Array.from(twins[char] ?? char, (twin) => {
      const hex = twin.charCodeAt(0).toString(16);
      return `${/\W/.test(twin) ? '\\\\{0,7}' : ''}\\x${hex}|\\\\{1,7}u00${hex}|%(?:25)*${hex}`;
    });
    return `(?:${spellings.join('|')})`;
  }).join('');
}

/** base64url's characters in the place of base64's. */
const twins: Readonly<Record<string, string>> = Object.freeze({ '+': '+-', '/': '/_' });
