import { expect, it } from 'vitest';
import type { News } from '../../../src/cli/board/board.js';
import { plainLine } from '../../../src/cli/board/plain-line.js';
import { boardOf, created, heard, lost, ref, retrying, said } from './boards.js';

const task = ref('task_1');
const what = (...news: readonly News[]) => plainLine(boardOf(created(task), ...news))?.slice(63);

it('says when, who and what', () => {
  const line = plainLine(boardOf(created(task)));
  expect(line).toBe(`  0.0 s  cometapi       ${'task_1'.padEnd(37)}  created doubao-seedance-2-0-260128`);
});

it('tells each kind of news', () => {
  expect(what(heard(said(task, 'in_progress', { progress: 12.4 })))).toBe('in_progress 12%');
  expect(what(heard(said(task, 'unknown', { providerStatus: 'dreamt' })))).toBe('unknown: the provider says "dreamt"');
  expect(what(heard(said(task, 'completed')))).toBe('completed');
  expect(what(heard(said(task, 'failed', { error: { message: 'a\r\nb' } })))).toBe('failed: a b');
  expect(what(retrying(task, 'x (HTTP 502)'))).toBe('502, asking again in 1.2 s');
  expect(what(lost(task))).toBe('lost: NOT_FOUND');
  expect(what({ kind: 'throttled', provider: 'cometapi', origin: 'https://a.test', pauseMs: 900 })).toBe(
    'pause for 0.9 s, as the server asks',
  );
});

it('is silent about what says nothing', () => {
  expect(what(heard(said(task, 'unknown', { providerStatus: '' })))).toBeUndefined();
});

it('is as long as it takes', () => {
  const long = ref('x'.repeat(90));
  const message = 'no '.repeat(90).trim();
  const line = plainLine(boardOf(created(long), heard(said(long, 'failed', { error: { message } }))));
  expect(line).toContain(`${long.id}  failed: ${message}`);
});
