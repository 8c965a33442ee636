import { clean, fill, widthOf } from './cells.js';

/** A command that is shown to be copied. */
const command = /^ +rushes /;

/** Lines for people, without what drives a terminal, and broken between words; commands stay whole. */
export function prose(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => linesOf(line, columns))
    .join('\n');
}

function linesOf(line: string, columns: number): string[] {
  const whole = clean(line);
  if (widthOf(whole) <= columns || command.test(whole)) return [whole];
  const [indent = ''] = /^ */.exec(whole) ?? [];
  return fill(whole.slice(indent.length), columns - indent.length).map((piece) => indent + piece);
}
