/** What drives a terminal, or breaks a line for some reader of it, although JSON allows it in a string. */
const active = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** `value` as one line of NDJSON that is safe to look at: active characters are escaped, and so none is lost. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value).replace(active, escaped)}\n`;
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, unit) => hex(character.charCodeAt(unit))).join('');
}

function hex(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
