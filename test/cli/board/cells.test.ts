import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clean, cut, fold, pad, widthOf } from '../../../src/cli/board/cells.js';

const hostile = [
  '\x1b]52;c;aGk=\x07',
  '\x1b[2J',
  '\x9b31m',
  '\x1b]8;;http://evil.test\x07',
  '\r',
  '\u202E',
  '\u2028',
  '\0',
];

describe('text from elsewhere', () => {
  it.each(hostile)('loses what drives a terminal: %j', (text) => {
    expect(clean(`before${text}after`)).toMatch(/^before[\x20-\x7E]*after$/);
  });

  it('is never wider than it may be, and has no control character, whatever it is', () => {
    const anything = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(anything, fc.integer({ min: 0, max: 40 }), (text, width) => {
        expect(widthOf(cut(text, width))).toBeLessThanOrEqual(width);
        expect(widthOf(pad(text, width))).toBe(width);
        expect(cut(text, width)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        for (const piece of fold(text, width + 2)) expect(widthOf(piece)).toBeLessThanOrEqual(width + 2);
        expect(fold(text, width + 2).join('')).toBe(clean(text));
      }),
    );
  });

  it('counts wide and combining characters as a terminal does', () => {
    expect(widthOf('负载')).toBe(4);
    expect(widthOf('e\u0301')).toBe(1);
    expect(widthOf('한글 ok')).toBe(7);
    expect(widthOf('🎬')).toBe(2);
  });

  it('is cut with an ellipsis, and never through a wide character', () => {
    expect(cut('a paper boat', 8)).toBe('a paper…');
    expect(cut('负载已饱和', 6)).toBe('负载…');
    expect(cut('as it is', Number.POSITIVE_INFINITY)).toBe('as it is');
    expect(cut('gone', 0)).toBe('');
  });

  it('stands to the left or to the right of its column', () => {
    expect(pad('ab', 4)).toBe('ab  ');
    expect(pad('ab', 4, 'right')).toBe('  ab');
  });
});
