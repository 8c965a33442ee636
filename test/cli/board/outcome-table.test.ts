import { describe, expect, it } from 'vitest';
import type { News } from '../../../src/cli/board/board.js';
import { widthOf } from '../../../src/cli/board/cells.js';
import { outcomeSummary, outcomeTable, withHandles, withIds } from '../../../src/cli/board/outcome-table.js';
import { RushesError } from '../../../src/index.js';
import { boardOf, created, heard, lost, ref, retrying, said, terminal } from './boards.js';

const boat = ref('task_boat');
const kite = ref('cgt-kite', 'ark');
const bees = ref('task_bees');
const mouse = ref('video_mouse');
const error = { code: 'Sensitive', message: 'not \x1b]0;this\x07\u202E one' };
const videoUrl = 'https://cdn.test/a/very/long/way/to/boat.mp4?signature=0123456789abcdef0123456789abcdef';

const board = boardOf(
  created(bees),
  created(boat),
  created(kite),
  retrying(boat, 'no answer came within 1000 ms'),
  lost(bees),
  heard(said(boat, 'completed', { videoUrl })),
  heard(said(kite, 'expired', { error })),
);

describe('the table of outcomes', () => {
  it('has the link, the reason, and the handle', () => {
    expect(outcomeTable(board, terminal(Number.POSITIVE_INFINITY), withHandles)).toEqual([
      'completed 1  the video is there',
      `✓ cometapi      seedance-2-0      ${videoUrl}`,
      '',
      'failed 1  the provider says why',
      '✗ ark           seedance-2-0      Sensitive: not  ]0;this  one',
      '',
      'lost 1  nobody knows: keep the handle, and client.watch(handle) takes it up again',
      '? cometapi      seedance-2-0      NOT_FOUND: no such task',
      '    {"provider":"cometapi","id":"task_bees"}',
      '',
    ]);
  });

  it.each([39, 49, 79])('fits into %d columns, with its handles whole', (columns) => {
    const lines = outcomeTable(board, terminal(columns), withHandles);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    expect(lines.map((line) => line.trim()).join('')).toContain(JSON.stringify(bees));
  });

  it('says so when a video has no link', () => {
    const [, line] = outcomeTable(boardOf(created(boat), heard(said(boat, 'completed'))), terminal(79), withHandles);
    expect(line).toContain('its provider gives no link');
  });

  it('ends in one line', () => {
    expect(outcomeSummary(board, terminal(79))).toBe('3 tasks in 6.0 s, 1 fault met on the way');
  });

  it('has ids, links, paths and reasons whole, for people who copy them', () => {
    const saved = {
      kind: 'saved',
      task: kite,
      path: 'videos/kite.mp4',
      bytes: 23_400_000,
      sha256: '',
      verified: 'length',
    };
    const failed = {
      kind: 'download-failed',
      task: mouse,
      error: new RushesError('DOWNLOAD_FAILED', 'the disk is full'),
    };
    const told = boardOf(
      heard(said(boat, 'completed', { videoUrl })),
      heard(said(kite, 'completed', { videoUrl })),
      saved as News,
      heard(said(mouse, 'completed')),
      failed as News,
      heard(said(bees, 'failed', { error })),
    );
    expect(outcomeTable(told, terminal(39), withIds)).toEqual([
      'completed 3  the videos are there',
      '✓ task_boat  0.0 s',
      `    ${videoUrl}`,
      '✓ cgt-kite  1.0 s, 23.4 MB',
      '    videos/kite.mp4',
      '✓ video_mouse  1.0 s',
      '    its provider gives no link: rushes',
      '    download fetches it',
      '    DOWNLOAD_FAILED: the disk is full',
      '',
      'failed 1  the provider says why',
      '✗ task_bees  0.0 s',
      '    Sensitive: not ]0;this one',
      '',
    ]);
  });

  it('has no more than three lines of a reason', () => {
    const long = boardOf(heard(said(bees, 'failed', { error: { message: 'not this one '.repeat(400) } })));
    const [, , ...reason] = outcomeTable(long, terminal(39), withIds).filter((line) => line !== '');
    expect(reason).toHaveLength(3);
    expect(reason[2]).toMatch(/…$/);
    expect(Math.max(...reason.map(widthOf))).toBeLessThanOrEqual(39);
  });

  it('says of a video that was there that it was', () => {
    const there: News = {
      kind: 'saved',
      task: kite,
      path: 'kite.mp4',
      bytes: 9,
      sha256: '',
      verified: 'none',
      already: true,
    };
    const told = boardOf(heard(said(kite, 'completed')), there);
    expect(outcomeTable(told, terminal(79), withIds)[1]).toBe('✓ cgt-kite  1.0 s, 9 B, there already');
  });
});
