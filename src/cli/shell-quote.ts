const plain = /^[A-Za-z0-9_@%+=:,./-]+$/;
const active = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** `words` as a line that a POSIX shell takes apart into the same words; what drives a terminal is escaped in it. */
export function shellLine(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

function quoted(word: string): string {
  if (plain.test(word)) return word;
  if (!active.test(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  // Plain quotes would hold the character itself, and show it.
  return `$'${Array.from(word, escaped).join('')}'`;
}

function escaped(character: string): string {
  if (character === "'" || character === '\\') return `\\${character}`;
  if (!active.test(character)) return character;
  return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`;
}
