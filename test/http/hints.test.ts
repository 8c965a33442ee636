import { describe, expect, it } from 'vitest';
import { readAge, readHint } from '../../src/http/hints.js';
import { answer } from './requests.js';

const nowMs = Date.UTC(2026, 10, 22, 12, 0, 0);
const hint = (headers: Record<string, string>) => readHint(answer(200, headers), nowMs);

describe('readHint', () => {
  it.each([
    ['retry-after-ms', '5000', 5_000],
    ['retry-after-ms', '1500.5', 1_500.5],
    ['openai-poll-after-ms', '2000', 2_000],
    ['retry-after', '5', 5_000],
    ['retry-after', '1.5', 1_500],
    ['retry-after', '0', 250],
    ['retry-after-ms', '0', 250],
    ['retry-after-ms', '1', 250],
    ['retry-after', '1000000000000', 600_000],
    ['retry-after', 'Sun, 22 Nov 2026 12:00:30 GMT', 30_000],
    ['retry-after', 'Sunday, 22-Nov-26 12:00:30 GMT', 30_000],
    ['retry-after', 'Thu, 01 Jan 1970 00:00:00 GMT', 250],
    ['retry-after', 'Fri, 31 Dec 9999 23:59:59 GMT', 600_000],
  ])('reads %s: %s as %d ms', (name, value, expected) => {
    expect(hint({ [name]: value })).toBe(expected);
  });

  it.each([
    '',
    '-1',
    '+1',
    'NaN',
    'Infinity',
    '1e400',
    '1e3',
    '9'.repeat(400),
    '١٢',
    '１２',
    '0x10',
    '5s',
    '5, 5',
    '.',
    '1.',
  ])('ignores %j in every header', (value) => {
    for (const name of ['retry-after-ms', 'openai-poll-after-ms', 'retry-after']) {
      expect(hint({ [name]: value })).toBeUndefined();
    }
  });

  it.each([
    'Sun Nov 22 12:00:30 2026',
    '2026-11-22',
    '2026-11-22T12:00:30Z',
    'tomorrow',
    'Sun, 99 Foo 2026 12:00:30 GMT',
  ])('ignores the date %j, which HTTP does not know or which says no zone', (value) => {
    expect(hint({ 'retry-after': value })).toBeUndefined();
  });

  it('counts a date from the Date of the same answer, whatever this machine believes', () => {
    const headers = { date: 'Wed, 01 Jan 2020 00:00:00 GMT', 'retry-after': 'Wed, 01 Jan 2020 00:00:07 GMT' };
    expect(hint(headers)).toBe(7_000);
    expect(hint({ ...headers, date: 'nonsense' })).toBe(250);
  });

  it('prefers retry-after-ms, then openai-poll-after-ms, then retry-after, and passes over what is none', () => {
    const all = { 'retry-after-ms': '1000', 'openai-poll-after-ms': '2000', 'retry-after': '3' };
    expect(hint(all)).toBe(1_000);
    expect(hint({ ...all, 'retry-after-ms': 'soon' })).toBe(2_000);
    expect(hint({ ...all, 'retry-after-ms': '-1', 'openai-poll-after-ms': '' })).toBe(3_000);
  });

  it('is undefined without any of them', () => {
    expect(hint({})).toBeUndefined();
  });
});

describe('readAge', () => {
  it.each([
    [{ age: '30' }, 30],
    [{ age: '0' }, 0],
    [{ age: '-1' }, undefined],
    [{ age: '9'.repeat(400) }, undefined],
    [{}, undefined],
  ])('reads %o as %s seconds', (headers, expected) => {
    expect(readAge(answer(200, headers as Record<string, string>))).toBe(expected);
  });
});
