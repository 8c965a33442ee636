import { describe, expect, it } from 'vitest';
import { isPlace, placeOf } from '../../src/bridges/redis/redis-place.js';

const last = '18446744073709551615-18446744073709551615';

describe('the places of a stream', () => {
  it.each(['0-0', '1800000000000-7', last])('are those that Redis can give: %s', (id) => {
    expect(isPlace(id)).toBe(true);
  });

  it.each([
    '18446744073709551616-0',
    '0-18446744073709551616',
    '99999999999999999999-99999999999999999999',
    '1',
    '1-',
    '-1-1',
    '1-1-1',
    '0x1-1',
    '1-1\n',
    'nowhere',
    '',
    null,
    1,
  ])('are not %j', (id) => {
    expect(isPlace(id)).toBe(false);
  });

  it('are in order', () => {
    const ids = ['0-0', '0-1', '0-18446744073709551615', '1-0', '9-0', '10-0', last];
    const places = ids.map(placeOf);
    expect(places).toEqual([...places].sort((a, b) => (a < b ? -1 : 1)));
    expect(new Set(places).size).toBe(ids.length);
  });
});
