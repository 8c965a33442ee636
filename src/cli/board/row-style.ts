import type { Board, Row } from './board.js';
import { cut, pad, widthOf } from './cells.js';
import { elapsed, lineOf, meter, type Part, percent, sign } from './row-parts.js';
import { familiar } from './row-words.js';
import type { Terminal } from './terminal.js';

/** How the rows of a board look on a terminal of some width. */
export interface RowLook {
  /** How many lines each takes. */
  readonly height: number;
  lines(row: Row, nowMs: number, step: number): readonly string[];
}

/** Chooses how rows look. */
export type RowStyle = (board: Board, terminal: Terminal) => RowLook;

const PROVIDER_CELLS = 13;

/** Rows by provider and model, for tasks whose ids nobody needs. */
export const byModel: RowStyle = (_, terminal) => {
  const { columns, paint } = terminal;
  const cells =
    columns < 60
      ? { model: 0, bar: columns < 48 ? 5 : 8, span: 0 }
      : columns < 100
        ? { model: 17, bar: 10, span: 6 }
        : { model: 20, bar: 24, span: 6 };
  return {
    height: 1,
    lines: (row, nowMs, step) => {
      const parts: Part[] = [
        sign(row, step, terminal),
        [paint(row.endedAtMs === undefined ? 'reset' : 'dim', pad(row.task.provider, PROVIDER_CELLS)), PROVIDER_CELLS],
      ];
      if (cells.model > 0) parts.push([paint('dim', pad(familiar(row.model), cells.model)), cells.model]);
      parts.push(meter(row, cells.bar, step, terminal), percent(row));
      if (cells.span > 0) parts.push(elapsed(row, nowMs, cells.span, terminal));
      return [lineOf(parts, row, nowMs, terminal)];
    },
  };
};

const SPAN_CELLS = 7;
/** The least that a bar and what belongs to it need beside an id. */
const BAR_ROOM = 36;

/** Rows by id, whole wherever a line has room for it: beside its bar, or above it. */
export const byId: RowStyle = ({ rows }, terminal) => {
  const { columns } = terminal;
  const idCells = Math.max(0, ...rows.map(({ task }) => widthOf(task.id)));
  const room = columns - idCells - 3;
  const isBeside = room >= BAR_ROOM;
  const barCells = barFor(isBeside ? room : columns - 2);
  const bars = (row: Row, nowMs: number, step: number): Part[] => [
    meter(row, barCells, step, terminal),
    percent(row),
    elapsed(row, nowMs, SPAN_CELLS, terminal),
  ];
  return {
    height: isBeside ? 1 : 2,
    lines: (row, nowMs, step) => {
      const first = sign(row, step, terminal);
      if (isBeside) {
        const id: Part = [pad(row.task.id, idCells), idCells];
        return [lineOf([first, id, ...bars(row, nowMs, step)], row, nowMs, terminal)];
      }
      const above = `${first[0]} ${cut(row.task.id, columns - 2)}`;
      return [above, lineOf([[' ', 1], ...bars(row, nowMs, step)], row, nowMs, terminal)];
    },
  };
};

function barFor(room: number): number {
  if (room < 32) return 6;
  if (room < 56) return 10;
  return room < 80 ? 20 : 32;
}
