import type { Summary } from '../index.js';
import { bar, runner, spinner } from './bar.js';
import { type Board, isSettled, type Row } from './board.js';
import { cut, pad, widthOf } from './cells.js';
import { familiar, faultsMet, looks, note, signs } from './row-words.js';
import type { Terminal } from './terminal.js';

/** How long a step of whatever moves takes. */
export const stepMs = 80;

/** The lines of a board at a moment, none wider than the terminal, and not more of them than it has rows. */
export function frame(title: string, board: Board, terminal: Terminal, nowMs: number): string[] {
  const { columns, rows, paint } = terminal;
  const shown = roomFor(board.rows, rows - 5);
  const step = Math.floor((nowMs - board.startedAtMs) / stepMs);
  const missing = board.rows.length - shown.length;
  return [
    paint('bold', cut(title, columns)),
    '',
    ...shown.map((row, index) => line(row, terminal, nowMs, step + 2 * index)),
    ...(missing > 0 ? [paint('dim', cut(`  and ${missing} more`, columns))] : []),
    '',
    standing(board, terminal, nowMs),
  ];
}

/** Where there is no room for all, the ones that still move are shown. */
function roomFor(all: readonly Row[], room: number): readonly Row[] {
  if (all.length <= room) return all;
  const chosen = [...all.filter((row) => !isSettled(row)), ...all.filter(isSettled)].slice(0, Math.max(room - 1, 1));
  return all.filter((row) => chosen.includes(row));
}

interface Layout {
  readonly model: number;
  readonly bar: number;
  readonly seconds: number;
}

function layout(columns: number): Layout {
  if (columns < 60) return { model: 0, bar: columns < 48 ? 5 : 8, seconds: 0 };
  return columns < 100 ? { model: 17, bar: 10, seconds: 6 } : { model: 20, bar: 24, seconds: 6 };
}

const PROVIDER_CELLS = 13;

function line(row: Row, { columns, paint }: Terminal, nowMs: number, step: number): string {
  const cells = layout(columns);
  const look = looks(row);
  const parts: (readonly [text: string, cells: number])[] = [
    [paint(look, isSettled(row) || row.status === 'queued' ? signs[row.status] : spinner(step)), 1],
    [paint(isSettled(row) ? 'dim' : 'reset', pad(row.task.provider, PROVIDER_CELLS)), PROVIDER_CELLS],
  ];
  if (cells.model > 0) parts.push([paint('dim', pad(familiar(row.model), cells.model)), cells.model]);
  parts.push([meter(row, cells.bar, step, { paint }), cells.bar], [pad(percent(row), 4, 'right'), 4]);
  if (cells.seconds > 0) parts.push([paint('dim', pad(seconds(row, nowMs), cells.seconds, 'right')), cells.seconds]);
  const used = parts.reduce((sum, [, width]) => sum + width + 1, 0);
  const { text, look: noteLook } = note(row, nowMs);
  return [...parts.map(([shown]) => shown), paint(noteLook, cut(text, columns - used))].join(' ');
}

function meter(row: Row, width: number, step: number, { paint }: Pick<Terminal, 'paint'>): string {
  const { status, progress } = row;
  const look = looks(row);
  if (status === 'completed') return bar(100, width, look, paint);
  const isBlind = progress === undefined && status !== 'queued' && !isSettled(row);
  return isBlind ? runner(step, width, look, paint) : bar(progress ?? 0, width, look, paint);
}

function percent({ status, progress }: Row): string {
  if (status === 'completed') return '100%';
  return progress === undefined ? '' : `${Math.round(progress)}%`;
}

function seconds({ startedAtMs, endedAtMs }: Row, nowMs: number): string {
  return `${(((endedAtMs ?? nowMs) - startedAtMs) / 1_000).toFixed(1)} s`;
}

function standing(board: Board, { columns, paint }: Terminal, nowMs: number): string {
  const parts = [
    ...countsOf(board.summary),
    ['dim', faultsMet(...board.rows)] as const,
    ['dim', `${((nowMs - board.startedAtMs) / 1_000).toFixed(1)} s`] as const,
  ];
  let left = columns;
  const kept = parts.filter(([, text]) => {
    left -= widthOf(text) + 2;
    return left >= -2;
  });
  return kept.map(([look, text]) => paint(look, text)).join('  ');
}

function countsOf(summary: Summary | undefined) {
  if (!summary) return [];
  const { in_progress, unknown, queued, completed, settled, lost } = summary;
  return [
    ['green', `${completed} completed`],
    ['red', `${settled - completed - lost} failed`],
    ['magenta', `${lost} lost`],
    ['cyan', `${in_progress + unknown} running`],
    ['dim', `${queued} queued`],
  ] as const;
}
