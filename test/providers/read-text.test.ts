import { expect, test } from 'vitest';
import { parseBody } from '../../src/providers/parse-body.js';
import { problemOf } from '../../src/providers/problem-of.js';
import { cleanText, readText } from '../../src/providers/read-text.js';

test('a text that is cut shows no password whose "@" was cut off', () => {
  const text = `${'x'.repeat(1_970)} https://user:topsecretpassword${'y'.repeat(50)}@host/path`;
  expect(cleanText(text)).not.toContain('topsecret');
  expect(cleanText(text).length).toBeLessThanOrEqual(2_000);
});

test('a plain word is kept as it is, a blank text is none', () => {
  expect([readText('cgt-1.a:b'), readText('  '), readText(7)]).toEqual(['cgt-1.a:b', undefined, undefined]);
});

test('the start of a page that is shown in a problem shows none, either', () => {
  const text = `${'x '.repeat(85)}https://user:topsecretpassword${'y'.repeat(50)}@host/path`;
  const response = { status: 502, url: '', header: () => null, text };
  const { message } = problemOf('UNAVAILABLE', true, 'it could not answer', response, parseBody(text));
  expect(message).toContain('x x');
  expect(message).not.toContain('topsecret');
});
