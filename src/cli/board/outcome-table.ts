import { isCompleted, isFailure } from '../../index.js';
import { spanOf } from '../duration.js';
import { wordsOf } from '../error-words.js';
import type { Board, Row } from './board.js';
import { clean, cut, fold, pad, wrap } from './cells.js';
import { familiar, faultsMet, looks, signs } from './row-words.js';
import { sizeOf } from './size.js';
import type { Terminal } from './terminal.js';

type Outcome = 'completed' | 'failed' | 'lost';

/** How the outcomes of tasks are told. */
export interface Telling {
  /** What it means to be lost, for who reads it. */
  readonly lost: string;
  entry(row: Row, terminal: Terminal): readonly string[];
}

/** What became of each task: completed, then failed, then lost. */
export function outcomeTable(board: Board, terminal: Terminal, telling: Telling): string[] {
  return (['completed', 'failed', 'lost'] as const).flatMap((outcome) => {
    const rows = board.rows.filter((row) => outcomeOf(row) === outcome);
    if (rows.length === 0) return [];
    return [heading(outcome, rows, telling, terminal), ...rows.flatMap((row) => telling.entry(row, terminal)), ''];
  });
}

/** How it went, in one line. */
export function outcomeSummary({ rows, startedAtMs, latestAtMs }: Board, { columns, paint }: Terminal): string {
  const tasks = `${rows.length} task${rows.length === 1 ? '' : 's'} in ${spanOf(latestAtMs - startedAtMs)}`;
  return paint('bold', cut(`${tasks}, ${faultsMet(...rows)} met on the way`, columns));
}

function outcomeOf({ status }: Row): Outcome {
  return status === 'completed' || status === 'lost' ? status : 'failed';
}

function heading(outcome: Outcome, rows: readonly Row[], { lost }: Telling, { columns, paint }: Terminal): string {
  const title = `${outcome} ${rows.length}`;
  const meanings = {
    completed: rows.length === 1 ? 'the video is there' : 'the videos are there',
    failed: 'the provider says why',
    lost,
  };
  const meaning = cut(meanings[outcome], columns - title.length - 2);
  const [first] = rows;
  return paint(['bold', ...[first ? looks(first) : 'reset'].flat()], title) + paint('dim', meaning && `  ${meaning}`);
}

const PROVIDER_CELLS = 13;
const MODEL_CELLS = 17;
const INDENT = 4;

/** By provider and model, with the handle of what was lost, for those who write programs. */
export const withHandles: Telling = {
  lost: 'nobody knows: keep the handle, and client.watch(handle) takes it up again',
  entry: (row, { columns, paint }) => {
    const isNarrow = columns < 60;
    const who = [pad(row.task.provider, PROVIDER_CELLS), ...(isNarrow ? [] : [pad(familiar(row.model), MODEL_CELLS)])];
    const left = `${signs[row.status]} ${who.join(' ')} `;
    const first = paint(looks(row), left.slice(0, 2)) + left.slice(2) + cut(cameTo(row), columns - left.length);
    if (row.status !== 'lost') return [first];
    // A handle that is cut is no handle.
    const handle = fold(JSON.stringify(row.task), columns - INDENT);
    return [first, ...handle.map((piece) => paint('cyan', ' '.repeat(INDENT) + piece))];
  },
};

/** By id, and whole: ids, paths and links are there to be copied. */
export const withIds: Telling = {
  lost: 'nobody knows how it stands',
  entry: (row, { columns, paint }) => {
    const span = spanOf((row.endedAtMs ?? row.startedAtMs) - row.startedAtMs);
    const size =
      row.save?.kind === 'saved' ? `, ${sizeOf(row.save.bytes)}${row.save.already ? ', there already' : ''}` : '';
    const first = `${paint(looks(row), signs[row.status])} ${clean(row.task.id)}  ${paint('dim', span + size)}`;
    // The terminal wraps what is too long, and copies it in one piece, which a line that we broke would not be.
    const whole = row.save?.kind === 'saved' ? row.save.path : linkOf(row);
    const what =
      whole === undefined ? indented(cameTo(row), columns) : [paint('cyan', ' '.repeat(INDENT) + clean(whole))];
    return [first, ...what, ...notSaved(row, columns)];
  },
};

function notSaved({ save }: Row, columns: number): readonly string[] {
  return save?.kind === 'download-failed' ? indented(`${save.error.code}: ${wordsOf(save.error)}`, columns) : [];
}

/** As much of a reason as people read; `--json` has the whole of it. */
const LINES_TOLD = 3;

function indented(text: string, columns: number): string[] {
  const width = columns - INDENT;
  const lines = wrap(text, width);
  const last = cut(lines.slice(LINES_TOLD - 1).join(' '), width);
  return [...lines.slice(0, LINES_TOLD - 1), last].filter(Boolean).map((piece) => ' '.repeat(INDENT) + piece);
}

function linkOf({ snapshot }: Row): string | undefined {
  return snapshot && isCompleted(snapshot) ? snapshot.videoUrl : undefined;
}

function cameTo(row: Row): string {
  const { snapshot, error } = row;
  if (error) return `${error.code}: ${wordsOf(error)}`;
  if (snapshot && isFailure(snapshot)) {
    return [snapshot.error.code, snapshot.error.message].filter(Boolean).join(': ');
  }
  return linkOf(row) ?? 'its provider gives no link: rushes download fetches it';
}
