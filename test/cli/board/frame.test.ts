import { describe, expect, it } from 'vitest';
import { emptyBoard, hear } from '../../../src/cli/board/board.js';
import { widthOf } from '../../../src/cli/board/cells.js';
import { frame } from '../../../src/cli/board/frame.js';
import { byId, byModel } from '../../../src/cli/board/row-style.js';
import type { Summary } from '../../../src/index.js';
import { boardOf, created, heard, lost, ref, retrying, said, terminal } from './boards.js';

const boat = ref('task_boat');
const kite = ref('cgt-kite', 'ark');
const mouse = ref('video_mouse', 'infinity-blue');
const bees = ref('task_bees');

const board = boardOf(
  created(boat),
  created(kite),
  created(mouse, 'doubao-seedance-2-0-fast-260128'),
  created(bees),
  heard(said(boat, 'in_progress', { progress: 40 })),
  heard(said(kite, 'in_progress')),
  heard(said(mouse, 'failed', { progress: 100, error: { message: 'The video 敏感内容 \x1b[2J may not be shown.' } })),
  lost(bees),
  retrying(boat, 'cometapi could not answer (HTTP 502): Gateway'),
);

describe('a frame', () => {
  it('has a line for each task', () => {
    expect(frame({ title: 'rushes', style: byModel }, board, terminal(79), 8_160)).toEqual([
      'rushes',
      '',
      '⠹ cometapi      seedance-2-0      ━━━━──────  40%  8.2 s 502, again in 1.0s',
      '⠼ ark           seedance-2-0      ──────━━━─       7.2 s',
      '✗ infinity-blue seedance-2-0-fast ──────────       4.0 s failed: The video 敏…',
      '? cometapi      seedance-2-0      ──────────       4.0 s lost: NOT_FOUND',
      '',
      '1 fault  8.2 s',
    ]);
  });

  it('says what a task waits for of which nothing was heard, beside an id of usual length', () => {
    const id = 'task_xdsrpkgqmtdxrqpfew28ijgy5m71r1af';
    const lines = (board = emptyBoard(0, [ref(id)], { awaiting: 'awaits a worker' })) =>
      frame({ title: 'rushes', style: byId }, board, terminal(79), 0)[2];
    expect(lines()).toMatch(/ awaits a worker$/);
    expect(lines(emptyBoard(0, [ref(id)]))).toMatch(/ asking$/);
    const known = hear(emptyBoard(0, [ref(id)], { awaiting: 'awaits' }), heard(said(ref(id), 'queued')), 1);
    expect(lines(known)).toMatch(/ queued$/);
  });

  it.each([20, 39, 49, 59, 79, 119, 200])('is never wider than %d columns', (columns) => {
    for (const line of frame({ title: 'rushes: a dozen tasks', style: byModel }, board, terminal(columns), 8_160)) {
      if (columns >= 39) expect(widthOf(line)).toBeLessThanOrEqual(columns);
      expect(line).not.toMatch(/\p{Cc}/u);
    }
  });

  it('hides what completed first where there is no room for all, then what moves, and nothing that went wrong', () => {
    const shown = (rows: number, more = board) =>
      frame({ title: 'rushes', style: byModel }, more, terminal(79, rows), 8_160).slice(2, -2);
    const wrong = [expect.stringContaining('failed: '), expect.stringContaining('lost: ')];
    expect(shown(8)).toEqual([...wrong, '  and 2 more']);
    const done = [kite, ref('another')].reduce((now, task) => hear(now, heard(said(task, 'completed')), 8_100), board);
    expect(shown(9, done)).toEqual([expect.stringContaining('40%'), ...wrong, '  and 2 more']);
  });

  it('counts what is being saved, and its clock goes on', () => {
    const saving = boardOf(heard(said(boat, 'in_progress')));
    const done = hear({ ...saving, isSaving: true }, heard(said(boat, 'completed')), 2_000);
    const summary = { completed: 1, settled: 1, lost: 0, in_progress: 0, unknown: 0, queued: 0 } as Summary;
    const lines = frame({ title: 'rushes', style: byId }, { ...done, summary }, terminal(79), 9_000);
    expect(lines[2]).toMatch(/^\S task_boat [━─]+ {8}9\.0 s saving$/);
    expect(lines.at(-1)).toBe('0 completed  0 failed  0 lost  1 saving  0 running  0 queued  0 faults  9.0 s');
  });

  it('shortens bars before it breaks rows', () => {
    const id = 'task_5f0c2b7d9e3a4c1b8f6d2e0a7c9b4d1e';
    const one = boardOf(heard(said(ref(id), 'in_progress', { progress: 40 })));
    expect(frame({ title: 'rushes', style: byId }, one, terminal(79), 8_000)[2]).toBe(
      `⠋ ${id} ━━━━──────  40%   8.0 s`,
    );
  });

  it('names tasks by id, beside their bars or above them', () => {
    const ids = boardOf(heard(said(boat, 'in_progress', { progress: 40 })), lost(bees));
    expect(frame({ title: 'rushes', hint: 'a hint', style: byId }, ids, terminal(79), 8_000)).toEqual([
      'rushes  a hint',
      '',
      '⠋ task_boat ━━━━━━━━────────────  40%   8.0 s',
      '? task_bees ────────────────────        0.0 s lost: NOT_FOUND',
      '',
      '0 faults  8.0 s',
    ]);
    const long = boardOf(heard(said(ref('x'.repeat(40)), 'in_progress', { progress: 40 })));
    expect(frame({ title: 'rushes', style: byId }, long, terminal(59), 8_000).slice(2, 4)).toEqual([
      `⠋ ${'x'.repeat(40)}`,
      '  ━━━━━━━━────────────  40%   8.0 s',
    ]);
  });

  it.each([30, 44, 59, 79, 119, 200])('by id is never wider than %d columns', (columns) => {
    for (const rows of [board, boardOf(heard(said(ref('负'.repeat(90)), 'queued')))]) {
      for (const line of frame({ title: 'rushes', hint: 'a hint', style: byId }, rows, terminal(columns), 8_160)) {
        expect(widthOf(line)).toBeLessThanOrEqual(columns);
      }
    }
  });
});
