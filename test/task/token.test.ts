import { describe, expect, test } from 'vitest';
import { decodeToken, encodeToken } from '../../src/task/token.js';

const pairs: readonly (readonly [id: string, token: string])[] = [
  ['task_abc-123', 'task_abc-123'],
  ['AZaz09_-', 'AZaz09_-'],
  ['sora-2:task_01', 'sora-2=3Atask_01'],
  ['@[`{/:', '=40=5B=60=7B=2F=3A'],
  ['^,.', '=5E=2C=2E'],
  ['a.>', 'a=2E=3E'],
  ['*', '=2A'],
  ['>', '=3E'],
  ['..', '=2E=2E'],
  [' ', '=20'],
  ['+#$SYS/x', '=2B=23=24SYS=2Fx'],
  ['=', '=3D'],
  ['=41', '=3D41'],
  ['\u0000\n', '=00=0A'],
  ['é', '=C3=A9'],
  ['€', '=E2=82=AC'],
  ['\u{1f3ac}', '=F0=9F=8E=AC'],
  ['\ufeffa', '=EF=BB=BFa'],
];

describe('encodeToken', () => {
  test.each(pairs)('%j becomes %s', (id, token) => {
    expect(encodeToken(id)).toBe(token);
  });

  test('an empty id has no token', () => {
    expect(() => encodeToken('')).toThrow(new RangeError('an empty id has no address token'));
  });
});

describe('decodeToken', () => {
  test.each(pairs)('%j comes back from %s', (id, token) => {
    expect(decodeToken(token)).toBe(id);
  });

  test.each([
    ['', 'nothing'],
    ['a.b', 'a character that is not plain'],
    ['a=3', 'half an escape'],
    ['a=', 'an escape without digits'],
    ['=3a', 'lower-case hex'],
    ['=3G', 'a digit that is none'],
    ['=41', 'an escaped plain character'],
    ['a=5Fb', 'an escaped underscore'],
    ['=C3', 'half a character'],
    ['=C0=80', 'an overlong form'],
    ['=ED=A0=80', 'a surrogate'],
    ['=FF', 'a byte that UTF-8 never has'],
    ['a\n', 'a line break at the end'],
    ['.a', 'a foreign character at the start'],
    ['é', 'a letter beyond ASCII'],
  ])('%j is no token: %s', (token) => {
    expect(decodeToken(token)).toBeUndefined();
  });
});
