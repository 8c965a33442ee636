import { spanOf } from '../duration.js';
import { bar, runner, spinner } from './bar.js';
import { isSettled, type Row } from './board.js';
import { cut, pad, widthOf } from './cells.js';
import { looks, note, signs } from './row-words.js';
import type { Terminal } from './terminal.js';

/** A part of a line in the cells that it takes. */
export type Part = readonly [text: string, cells: number];

/** The first cell of a row: it turns while something moves. */
export function sign(row: Row, step: number, { paint }: Terminal): Part {
  const isStill = isSettled(row) || row.status === 'queued';
  return [paint(looks(row), isStill ? signs[row.status] : spinner(step)), 1];
}

/** The bar of a row: of its download while it is saved. */
export function meter(row: Row, cells: number, step: number, { paint }: Terminal): Part {
  const share = shareOf(row);
  const isBlind = share === undefined && row.status !== 'queued' && row.status !== 'asking' && !isSettled(row);
  return [isBlind ? runner(step, cells, looks(row), paint) : bar(share ?? 0, cells, looks(row), paint), cells];
}

/** The number of a row's bar, in four cells. */
export function percent(row: Row): Part {
  const share = shareOf(row);
  return [pad(share === undefined ? '' : `${Math.round(share)}%`, 4, 'right'), 4];
}

/** How long a row has been watched. */
export function elapsed({ startedAtMs, endedAtMs }: Row, nowMs: number, cells: number, { paint }: Terminal): Part {
  return [paint('dim', pad(spanOf((endedAtMs ?? nowMs) - startedAtMs), cells, 'right')), cells];
}

/** `parts` and what there is to say of the row, in a line of at most `columns`. */
export function lineOf(parts: readonly Part[], row: Row, nowMs: number, { columns, paint }: Terminal): string {
  const used = parts.reduce((sum, [, cells]) => sum + cells + 1, 0);
  const { text, look } = note(row, nowMs);
  const said = cut(text, columns - used);
  return [...parts.map(([shown]) => shown), ...(widthOf(said) > 0 ? [paint(look, said)] : [])].join(' ');
}

function shareOf({ status, progress, save }: Row): number | undefined {
  if (save?.kind === 'saving') return save.totalBytes ? (100 * save.receivedBytes) / save.totalBytes : undefined;
  return status === 'completed' ? 100 : progress;
}
