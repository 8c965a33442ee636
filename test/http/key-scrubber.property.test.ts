import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyScrubber } from '../../src/http/key-scrubber.js';

const visible = (minLength: number, maxLength = 80) =>
  fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength,
    maxLength,
  });

/** Every character spelled in one of the ways in which texts are escaped. */
const spelled = (text: string) =>
  fc.tuple(...Array.from(text, (char) => fc.constantFrom(...spellings(char)))).map((chars) => chars.join(''));

function spellings(char: string): string[] {
  const hex = char.charCodeAt(0).toString(16).padStart(2, '0');
  const json = JSON.stringify(char).slice(1, -1);
  return [
    char,
    `%${hex}`,
    `%${hex.toUpperCase()}`,
    `%25${hex}`,
    `\\u00${hex}`,
    `\\u00${hex.toUpperCase()}`,
    json,
    JSON.stringify(json).slice(1, -1),
    ...(char === '/' ? ['\\/'] : []),
  ];
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const base64url = (text: string) => Buffer.from(text).toString('base64url');

/** What base64 says of the key alone, without the characters that the bytes around it share. */
function core(encode: (text: string) => string, before: string, key: string): string {
  const whole = encode(before + key);
  const from = Math.ceil((before.length * 4) / 3);
  return whole.slice(from, Math.floor(((before.length + key.length) * 4) / 3));
}

describe('keyScrubber', () => {
  it('leaves no spelling of the key: raw, percent-encoded, escaped as in JSON, in any mix', () => {
    fc.assert(
      fc.property(
        visible(6).chain((key) => fc.tuple(fc.constant(key), spelled(key))),
        fc.string(),
        fc.string(),
        ([key, form], before, after) => {
          const scrubbed = keyScrubber(key)(`${before}${form}${after}`);
          expect(scrubbed).toContain('[redacted]');
          if (form.length >= 12) expect(scrubbed).not.toContain(form);
        },
      ),
    );
  });

  it('leaves no base64 of it, at any alignment, also within user:key', () => {
    fc.assert(
      fc.property(
        visible(6),
        visible(0, 9),
        visible(0, 9),
        fc.constantFrom(base64, base64url),
        (key, before, after, encode) => {
          const scrubbed = keyScrubber(key)(`Authorization: Basic ${encode(before + key + after)} was refused`);
          expect(scrubbed).toContain('[redacted]');
          expect(scrubbed).not.toContain(core(encode, before, key));
        },
      ),
    );
  });

  it('leaves a text without the key as it is', () => {
    fc.assert(
      fc.property(visible(20), fc.string(), (key, text) => {
        expect(keyScrubber(key)(text)).toBe(text);
      }),
    );
  });

  it('takes out a long key whole, as one', () => {
    for (const length of [31, 32, 47, 48, 164, 1_000, 8_000]) {
      const key = createHash('shake256', { outputLength: length }).update('key').digest('base64url').slice(0, length);
      const scrub = keyScrubber(key);
      expect(scrub(`a ${key} b`)).toBe('a [redacted] b');
      expect(scrub(`a ${base64(key)} b`)).toMatch(/^a \[redacted\].{0,3} b$/);
    }
  });

  it.each([
    ['in lower case, as a host name is', 'http://sk-secretkey.example/', 'http://[redacted].example/'],
    ['several times', 'sk-SecretKey,sk-SecretKey', '[redacted],[redacted]'],
    ['in an address', '/?token=sk%2DSecretKey&a=b', '/?token=[redacted]&a=b'],
    ['in JSON within JSON', '{"error":"{\\"key\\":\\"sk-SecretKey\\"}"}', '{"error":"{\\"key\\":\\"[redacted]\\"}"}'],
  ])('takes it out %s', (_, text, expected) => {
    expect(keyScrubber('sk-SecretKey')(text)).toBe(expected);
  });

  it('leaves short keys alone', () => {
    expect(keyScrubber('video')('{"object":"video"}')).toBe('{"object":"video"}');
    expect(keyScrubber('')('{}')).toBe('{}');
  });

  it('is linear: a megabyte of almost-keys, backslashes or percent signs is read in one go', () => {
    const key = `${'a'.repeat(40)}b`;
    const scrub = keyScrubber(key);
    for (const piece of ['a', '\\', '%25', '%', `${key.slice(0, -1)}c`, '\\u0061', base64(key).slice(0, -4)]) {
      const text = piece.repeat(1_000_000 / piece.length);
      expect(scrub(text)).not.toContain(key);
    }
  });
});
