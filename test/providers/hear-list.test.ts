import { describe, expect, test } from 'vitest';
import { ark } from '../../src/providers/ark.js';
import { cometapi } from '../../src/providers/cometapi.js';
import type { HttpResponse } from '../../src/providers/provider.js';
import { answer, fixture, outcomeOf } from './answer.js';

const provider = ark({ apiKey: 'k' });
const tasks = 'https://ark.ap-southeast.bytepluses.com/api/v3/contents/generations/tasks';
const hear = (response: HttpResponse) => provider.hear({ kind: 'list' }, response);
const listed = (body: unknown) => {
  const heard = hear(answer(200, body));
  return heard.kind === 'done' ? heard.listed : heard;
};

describe('a list', () => {
  test('is asked for by model and page', () => {
    expect(provider.ask({ kind: 'list', model: 'ep-1&x', page: 2 })).toStrictEqual({
      method: 'GET',
      url: `${tasks}?page_num=2&page_size=100&filter.model=ep-1%26x`,
      template: '/contents/generations/tasks',
      headers: { accept: 'application/json', 'cache-control': 'no-cache' },
    });
    expect(provider.ask({ kind: 'list' }).url).toBe(`${tasks}?page_num=1&page_size=100`);
  });

  test('is UNSUPPORTED where no list is documented', () => {
    const other = cometapi({ apiKey: 'k' });
    expect([provider.supports.list, other.supports.list]).toEqual([true, undefined]);
    expect(() => other.ask({ kind: 'list' })).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });

  test('is each task under its own id, in whatever order', () => {
    const succeeded = fixture('ark-succeeded') as { id: string };
    const queued = fixture('ark-queued') as { id: string };
    expect(listed({ items: [succeeded, queued], total: 9 })).toMatchObject([
      { task: { provider: 'ark', id: succeeded.id }, status: 'completed' },
      { task: { provider: 'ark', id: queued.id }, status: 'queued' },
    ]);
    expect(listed({ items: [], total: 0 })).toEqual([]);
  });

  test('leaves out what names no task', () => {
    const strangers = [
      null,
      7,
      'cgt-1',
      [],
      {},
      { id: 7 },
      { id: '..' },
      { id: '', status: 'queued' },
      { id: 'a', status: 7 },
    ];
    expect(listed({ items: [...strangers, { id: 'cgt-1', status: 'running' }] })).toMatchObject([
      { task: { id: 'cgt-1' }, status: 'in_progress' },
    ]);
  });

  test.each([
    [answer(200, {}), 'BAD_RESPONSE again'],
    [answer(200, { items: {} }), 'BAD_RESPONSE again'],
    [answer(200, []), 'BAD_RESPONSE again'],
    [answer(200, '<html>'), 'BAD_RESPONSE again'],
    [answer(200, ''), 'BAD_RESPONSE again'],
    [answer(200, `${'['.repeat(100_000)}`), 'BAD_RESPONSE again'],
    [answer(401, { error: { message: 'no' } }), 'UNAUTHORIZED'],
    [answer(429, {}), 'RATE_LIMITED again'],
    [answer(502, '<html>'), 'UNAVAILABLE again'],
  ])('that is none is a problem (%#)', (response, outcome) => {
    expect(outcomeOf(hear(response))).toBe(outcome);
  });
});
