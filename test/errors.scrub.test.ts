import { describe, expect, test } from 'vitest';
import { scrub } from '../src/errors.js';

describe('scrub', () => {
  test.each(
    [
      ['authorization: Bearer sk-canary', 'authorization: Bearer [redacted]'],
      ['{"a":"bearer sk-canary","b":1}', '{"a":"bearer [redacted]","b":1}'],
      ['BASIC  dXNlcjpjYW5hcnk=, next', 'BASIC [redacted], next'],
      ['Bearer\tsk-canary; Bearer\u0000sk-canary', 'Bearer [redacted]; Bearer [redacted]'],
      ['Bearer\u202esk-canary', 'Bearer [redacted]'],
      ["'Bearer a'<Bearer b>", "'Bearer [redacted]'<Bearer [redacted]>"],
      ['a forbearer stays, and so does Bearer', 'a forbearer stays, and so does Bearer'],
      ['see https://h.test/p/q?sig=canary&b=2 now', 'see https://h.test/p/q now'],
      ['"https://h.test/p#canary"', '"https://h.test/p"'],
      ['https://h?canary https://h#canary', 'https://h https://h'],
      ['<https://h/?canary>', '<https://h/>'],
      ["'https://h/?canary'", "'https://h/'"],
      ['https://user:canary@h.test:8080/p', 'https://h.test:8080/p'],
      ['https://user:can@ary@h/p@q', 'https://h/p@q'],
      ['HTTPS://canary@h', 'HTTPS://h'],
      ['redis+tls.x-1://:canary@h/0', 'redis+tls.x-1://h/0'],
      ['url_https://user:canary@h?canary', 'url_https://h'],
      ['https://h?q=Bearer sk-canary', 'https://h [redacted]'],
      ['who? me@home #1 a/b?c', 'who? me@home #1 a/b?c'],
      ['https://h/a path', 'https://h/a path'],
      ['a\u0000\u001b]52;c;\u0007b\r\nc\u009bd', 'a ]52;c; b c d'],
      ['a\u202e\u2066b\u200fc\u2028d\u2029e', 'a b c d e'],
      ['\u00a0é\u{1f3ac}', '\u00a0é\u{1f3ac}'],
    ].map(([text = '', expected = '']) => [expected, text] as const),
  )('leaves %j', (expected, text) => {
    expect(scrub(text)).toBe(expected);
  });

  test('keeps 2,000 characters at most, also where a replacement is longer than what it replaces', () => {
    expect(scrub('x'.repeat(2_000))).toBe('x'.repeat(2_000));
    expect(scrub(`${'x'.repeat(2_000)}y`)).toBe('x'.repeat(2_000));
    expect(scrub('bearer a '.repeat(222))).toHaveLength(2_000);
  });

  test('shows no userinfo that the cut parts from its @', () => {
    const upTo = (length: number, end: string) => 'x'.repeat(length - end.length) + end;
    expect(scrub(`${upTo(2_000, ' https://user:can')}ary@h/`)).toBe(upTo(2_000, ' https://user:can').slice(0, -8));
    expect(scrub(upTo(2_000, ' https://host'))).toBe(upTo(2_000, ' https://host'));
    expect(scrub(`${upTo(2_000, ' https://host/p')}q`)).toBe(upTo(2_000, ' https://host/p'));
  });

  test.each([['a'], ['bearer '], ['https://'], ['@'], ['https://a@'], ['?#'], ['a:'], ['\u0000\u202e'], ['basic\t']])(
    'takes a megabyte of %j',
    (unit) => {
      expect(scrub(unit.repeat(1_000_000 / unit.length)).length).toBeLessThanOrEqual(2_000);
    },
  );
});
