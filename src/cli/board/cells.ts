const ELLIPSIS = '…';

/**
 * Foreign text as one line that cannot drive a terminal: what it has of control, format and line characters becomes a
 * space. Such characters move the cursor, set the clipboard, or turn the rest of the line around.
 */
export function clean(text: string): string {
  return text.replace(/(?:[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|\uFE0F)+/gu, ' ').trimEnd();
}

/** How many cells of a terminal `text` takes: none for what combines, two for wide characters. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += cellsOf(character);
  return width;
}

/** `text`, cleaned and cut to at most `width` cells; what was cut ends in an ellipsis. */
export function cut(text: string, width: number): string {
  const whole = clean(text);
  if (widthOf(whole) <= width) return whole;
  let kept = '';
  let left = width - ELLIPSIS.length;
  for (const character of whole) {
    left -= cellsOf(character);
    if (left < 0) break;
    kept += character;
  }
  return width < 1 ? '' : kept.trimEnd() + ELLIPSIS;
}

/** `text` in exactly `width` cells. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const kept = cut(text, width);
  const space = ' '.repeat(Math.max(width - widthOf(kept), 0));
  return align === 'left' ? kept + space : space + kept;
}

/** `text`, cleaned and in pieces of at most `width` cells: for what is of no use unless it is whole. */
export function fold(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const character of clean(text)) {
    if (line !== '' && widthOf(line) + cellsOf(character) > width) {
      lines.push(line);
      line = '';
    }
    line += character;
  }
  return [...lines, line];
}

/** `text`, cleaned and in lines of at most `width` cells, broken between words where that can be. */
export function wrap(text: string, width: number): string[] {
  return fill(text, width).flatMap((line) => fold(line, width));
}

/** `text`, cleaned and broken between words only: a word that is too long has a line of its own, and stays whole. */
export function fill(text: string, width: number): string[] {
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of clean(text).split(/ +/)) {
    const longer = line === undefined ? word : `${line} ${word}`;
    if (line === undefined || widthOf(longer) <= width) {
      line = longer;
    } else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line ?? ''];
}

const WIDE =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}/u;

function cellsOf(character: string): number {
  if (character < '\u0300') return 1;
  if (/\p{M}/u.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
