import { describe, expect, it } from 'vitest';
import { emptyBoard, hear, isSettled } from '../../../src/cli/board/board.js';
import { briefly } from '../../../src/cli/board/briefly.js';
import { RushesError } from '../../../src/index.js';
import { answered, boardOf, created, heard, lost, ref, retrying, said } from './boards.js';

const task = ref('task_1');

describe('a board', () => {
  it('has a row for each task from its creation on', () => {
    const { rows } = boardOf(created(task), created(ref('task_2')), heard(said(task, 'in_progress', { progress: 30 })));
    expect(rows.map(({ status, progress }) => [status, progress])).toEqual([
      ['in_progress', 30],
      ['queued', undefined],
    ]);
  });

  it('keeps the progress a failed task had while it lived', () => {
    const failed = said(task, 'failed', { progress: 100, error: { message: 'no' } });
    const [row] = boardOf(created(task), heard(said(task, 'in_progress', { progress: 70 })), heard(failed)).rows;
    expect(row).toMatchObject({ status: 'failed', progress: 70, startedAtMs: 0, endedAtMs: 2_000 });
  });

  it('counts troubles and tells when one has passed', () => {
    const trouble = boardOf(created(task), retrying(task, 'cometapi could not answer (HTTP 502): Gateway'));
    expect(trouble.rows[0]).toMatchObject({ troubles: 1, trouble: { what: '502', askAgainAtMs: 2_200 } });
    const passed = hear(trouble, answered(said(task, 'in_progress')), 2_300);
    expect(passed.rows[0]).toMatchObject({ troubles: 1, trouble: { what: '502', overAtMs: 2_300 } });
  });

  it('shows a pause on all rows of the provider, and on no other', () => {
    const throttled = { kind: 'throttled', provider: 'ark', origin: 'https://a.test', pauseMs: 500 } as const;
    const { rows } = boardOf(created(task), created(ref('cgt-1', 'ark')), created(ref('cgt-2', 'ark')), throttled);
    expect(rows.map(({ trouble }) => trouble?.what)).toEqual([undefined, 'paused', 'paused']);
  });

  it('notices a task that goes back to the queue', () => {
    const { rows } = boardOf(created(task), heard(said(task, 'in_progress')), heard(said(task, 'queued')));
    expect(rows[0]?.isRequeued).toBe(true);
  });

  it('is the same object when nothing has changed', () => {
    const before = boardOf(created(task), lost(task));
    expect(hear(before, lost(task), 9_000)).toBe(before);
    expect(hear(before, { kind: 'waiting', task, waitMs: 1 }, 9_000)).toBe(before);
  });

  it('has rows for tasks that are named before anything is heard of them', () => {
    const named = emptyBoard(0, [task, ref('task_2')]);
    expect(named.rows.map(({ status }) => status)).toEqual(['asking', 'asking']);
    expect(hear(named, heard(said(task, 'queued')), 1).rows.map(({ status }) => status)).toEqual(['queued', 'asking']);
  });

  it('follows a finished video to the disk, and has not settled before', () => {
    const done = hear(emptyBoard(0, [], { isSaving: true }), heard(said(task, 'completed')), 1_000);
    const saving = hear(done, { kind: 'saving', task, receivedBytes: 10, totalBytes: 40 }, 5_000);
    expect([...done.rows, ...saving.rows].map(isSettled)).toEqual([false, false]);
    expect(saving.rows[0]).toMatchObject({ status: 'completed', save: { receivedBytes: 10 } });
    const saved = hear(
      saving,
      { kind: 'saved', task, path: 'a.mp4', bytes: 40, sha256: '', verified: 'length' },
      6_000,
    );
    expect(saved.rows[0]).toMatchObject({ endedAtMs: 6_000, save: { path: 'a.mp4' } });
    expect(saved.rows.map(isSettled)).toEqual([true]);
  });
});

it.each([
  ['cometapi could not answer (HTTP 502): Gateway', '502'],
  ['ark asks to be asked less often (HTTP 429): too fast', '429'],
  ['ark answered nothing (HTTP 200)', 'empty'],
  ['ark answered with text that is no JSON (HTTP 200): {"id"', 'garbled'],
  ['ark answered something new (HTTP 200)', 'odd 200'],
  ['no answer came within 1000 ms', 'no answer'],
  ['whatever', 'UNAVAILABLE'],
])('%s, briefly: %s', (message, brief) => {
  expect(briefly(new RushesError('UNAVAILABLE', message))).toBe(brief);
});

it('a broken connection, briefly', () => {
  const cause = Object.assign(new Error('fetch failed'), { code: 'ECONNRESET' });
  expect(briefly(new RushesError('UNAVAILABLE', 'the request could not be completed', { cause }))).toBe('cut off');
});
