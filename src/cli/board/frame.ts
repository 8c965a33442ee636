import { spanOf } from '../duration.js';
import { type Board, isSettled, type Row } from './board.js';
import { cut, widthOf } from './cells.js';
import type { RowStyle } from './row-style.js';
import { faultsMet } from './row-words.js';
import type { Terminal } from './terminal.js';

/** How long a step of whatever moves takes. */
export const stepMs = 80;

/** What stands around the rows of a board, and how they look. */
export interface View {
  readonly title: string;
  /** What else there is to know while it is looked at. */
  readonly hint?: string;
  readonly style: RowStyle;
}

/** The lines of a board at a moment, none wider than the terminal, and not more of them than it has rows. */
export function frame(view: View, board: Board, terminal: Terminal, nowMs: number): string[] {
  const { columns, rows, paint } = terminal;
  const look = view.style(board, terminal);
  const shown = roomFor(board.rows, Math.floor((rows - 5) / look.height));
  const step = Math.floor((nowMs - board.startedAtMs) / stepMs);
  const missing = board.rows.length - shown.length;
  return [
    head(view, terminal),
    '',
    ...shown.flatMap((row, index) => look.lines(row, nowMs, step + 2 * index)),
    ...(missing > 0 ? [paint('dim', cut(`  and ${missing} more`, columns))] : []),
    '',
    standing(board, terminal, nowMs),
  ];
}

function head({ title, hint = '' }: View, { columns, paint }: Terminal): string {
  const shown = cut(title, columns);
  const room = columns - widthOf(shown) - 2;
  return paint('bold', shown) + (hint !== '' && widthOf(hint) <= room ? `  ${paint('dim', hint)}` : '');
}

/** Where there is no room for all, those that completed are hidden first, then those that still move. */
function roomFor(all: readonly Row[], room: number): readonly Row[] {
  if (all.length <= room) return all;
  const byWeight = [...all].sort((a, b) => weightOf(b) - weightOf(a));
  const chosen = new Set(byWeight.slice(0, Math.max(room - 1, 1)));
  return all.filter((row) => chosen.has(row));
}

function weightOf(row: Row): number {
  if (!isSettled(row)) return 1;
  return row.status === 'completed' && row.save?.kind !== 'download-failed' ? 0 : 2;
}

function standing(board: Board, { columns, paint }: Terminal, nowMs: number): string {
  const parts = [
    ...countsOf(board),
    ['dim', faultsMet(...board.rows)] as const,
    ['dim', spanOf(nowMs - board.startedAtMs)] as const,
  ];
  let left = columns;
  const kept = parts.filter(([, text]) => {
    left -= widthOf(text) + 2;
    return left >= -2;
  });
  return kept.map(([look, text]) => paint(look, text)).join('  ');
}

function countsOf({ summary, rows }: Board) {
  if (!summary) return [];
  const { in_progress, unknown, queued, completed, settled, lost } = summary;
  const saving = rows.filter(({ save }) => save?.kind === 'saving').length;
  return [
    ['green', `${completed - saving} completed`],
    ['red', `${settled - completed - lost} failed`],
    ['magenta', `${lost} lost`],
    ...(saving > 0 ? ([['blue', `${saving} saving`]] as const) : []),
    ['cyan', `${in_progress + unknown} running`],
    ['dim', `${queued} queued`],
  ] as const;
}
