import { describe, expect, it } from 'vitest';
import { widthOf } from '../../src/cli/cells.js';
import { frame } from '../../src/cli/frame.js';
import { byId, byModel } from '../../src/cli/row-style.js';
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

  it.each([20, 39, 49, 59, 79, 119, 200])('is never wider than %d columns', (columns) => {
    for (const line of frame({ title: 'rushes: a dozen tasks', style: byModel }, board, terminal(columns), 8_160)) {
      if (columns >= 39) expect(widthOf(line)).toBeLessThanOrEqual(columns);
      expect(line).not.toMatch(/\p{Cc}/u);
    }
  });

  it('shows what still moves where there is no room for all', () => {
    const lines = frame({ title: 'rushes', style: byModel }, board, terminal(79, 8), 8_160);
    expect(lines).toHaveLength(7);
    expect(lines.slice(2, 5)).toEqual([expect.stringContaining('40%'), expect.stringContaining('ark'), '  and 2 more']);
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
