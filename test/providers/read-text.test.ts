import { expect, test } from 'vitest';
import { cleanText, readText } from '../../src/providers/read-text.js';

test('a text that is cut shows no password whose "@" was cut off', () => {
  const text = `${'x'.repeat(1_970)} https://user:topsecretpassword${'y'.repeat(50)}@host/path`;
  expect(cleanText(text)).not.toContain('topsecret');
  expect(cleanText(text).length).toBeLessThanOrEqual(2_000);
});

test('a plain word is kept as it is, a blank text is none', () => {
  expect([readText('cgt-1.a:b'), readText('  '), readText(7)]).toEqual(['cgt-1.a:b', undefined, undefined]);
});
