import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeToken, encodeToken } from '../../src/task/token.js';

const anId = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
const aShortId = fc.string({ unit: fc.constantFrom('a', 'A', '.', '=', '2', 'E'), minLength: 1, maxLength: 4 });
const nearToken = fc.stringMatching(/^(?:[A-Za-z0-9_.-]|=[0-9A-Fa-f]{1,2}){0,8}$/);

describe('the address token of an id', () => {
  test('decodes to the id it was made from', () => {
    fc.assert(
      fc.property(anId, (id) => {
        expect(decodeToken(encodeToken(id))).toBe(id);
      }),
    );
  });

  test('is never empty and plain text in every address language', () => {
    fc.assert(
      fc.property(anId, (id) => {
        expect(encodeToken(id)).toMatch(/^(?:[A-Za-z0-9_-]|=[0-9A-F]{2})+$/);
      }),
    );
  });

  test('differs for ids that differ, also where one looks like the token of the other', () => {
    fc.assert(
      fc.property(aShortId, aShortId, (a, b) => {
        expect(encodeToken(a) === encodeToken(b)).toBe(a === b);
        expect(encodeToken(encodeToken(a)) === encodeToken(a)).toBe(/^[\w-]+$/.test(a));
      }),
    );
  });

  test('exists once: whatever decodes is what its id encodes to', () => {
    fc.assert(
      fc.property(fc.oneof(nearToken, fc.string()), (text) => {
        const id = decodeToken(text);
        if (id !== undefined) expect(encodeToken(id)).toBe(text);
      }),
    );
  });
});
