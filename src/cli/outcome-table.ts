import { isCompleted, isFailure } from '../index.js';
import type { Board, Row } from './board.js';
import { cut, fold, pad } from './cells.js';
import { familiar, faultsMet, looks, signs } from './row-words.js';
import type { Terminal } from './terminal.js';

type Outcome = 'completed' | 'failed' | 'lost';

const meanings: Readonly<Record<Outcome, string>> = {
  completed: 'the video is there',
  failed: 'the provider says why',
  lost: 'nobody knows: keep the handle, and client.watch(handle) takes it up again',
};

/** What became of each task, as lines that are no wider than the terminal: completed, then failed, then lost. */
export function outcomeTable(board: Board, terminal: Terminal): string[] {
  return (['completed', 'failed', 'lost'] as const).flatMap((outcome) => {
    const rows = board.rows.filter((row) => outcomeOf(row) === outcome);
    if (rows.length === 0) return [];
    return [heading(outcome, rows, terminal), ...rows.flatMap((row) => entry(row, terminal)), ''];
  });
}

/** How it went, in one line. */
export function outcomeSummary({ rows, startedAtMs, latestAtMs }: Board, { columns, paint }: Terminal): string {
  const seconds = ((latestAtMs - startedAtMs) / 1_000).toFixed(1);
  return paint('bold', cut(`${rows.length} tasks in ${seconds} s, ${faultsMet(...rows)} met on the way`, columns));
}

function outcomeOf({ status }: Row): Outcome {
  return status === 'completed' || status === 'lost' ? status : 'failed';
}

function heading(outcome: Outcome, rows: readonly Row[], { columns, paint }: Terminal): string {
  const title = `${outcome} ${rows.length}`;
  const meaning = cut(meanings[outcome], columns - title.length - 2);
  const [first] = rows;
  return paint(['bold', ...[first ? looks(first) : 'reset'].flat()], title) + paint('dim', meaning && `  ${meaning}`);
}

const PROVIDER_CELLS = 13;
const MODEL_CELLS = 17;
const HANDLE_INDENT = 4;

function entry(row: Row, { columns, paint }: Terminal): string[] {
  const isNarrow = columns < 60;
  const who = [pad(row.task.provider, PROVIDER_CELLS), ...(isNarrow ? [] : [pad(familiar(row.model), MODEL_CELLS)])];
  const left = `${signs[row.status]} ${who.join(' ')} `;
  const first = paint(looks(row), left.slice(0, 2)) + left.slice(2) + cut(cameTo(row), columns - left.length);
  if (row.status !== 'lost') return [first];
  // A handle that is cut is no handle.
  const handle = fold(JSON.stringify(row.task), columns - HANDLE_INDENT);
  return [first, ...handle.map((piece) => ' '.repeat(HANDLE_INDENT) + paint('cyan', piece))];
}

function cameTo({ snapshot, error }: Row): string {
  if (error) return `${error.code}: ${error.message}`;
  if (isFailure(snapshot)) return [snapshot.error.code, snapshot.error.message].filter(Boolean).join(': ');
  return (isCompleted(snapshot) && snapshot.videoUrl) || 'its provider gives no link';
}
