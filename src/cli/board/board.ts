import {
  type Activity,
  isCompleted,
  isFailure,
  isSameTask,
  isTerminal,
  type RushesError,
  type Snapshot,
  type Status,
  type Summary,
  type TaskRef,
} from '../../index.js';
import type { JobEvent } from '../job-event.js';
import { briefly } from './briefly.js';

/** Everything a board is told. */
export type News = JobEvent | Activity | { readonly kind: 'summary'; readonly summary: Summary };

/** What went wrong last with a watch that goes on. */
export interface Trouble {
  readonly what: string;
  readonly askAgainAtMs: number;
  /** Since when all is well again. */
  readonly overAtMs?: number;
}

/** How far a finished video is on its way to the disk. */
export type Save =
  | { readonly kind: 'saving'; readonly receivedBytes: number; readonly totalBytes?: number | undefined }
  | { readonly kind: 'saved'; readonly path: string; readonly bytes: number; readonly already?: true }
  | { readonly kind: 'download-failed'; readonly error: RushesError };

/** One task as it stands. */
export interface Row {
  readonly task: TaskRef;
  readonly model: string;
  /** `asking` until anything was heard of it. */
  readonly status: Status | 'lost' | 'asking';
  /** While it was alive: what a failed task says of its progress means nothing. */
  readonly progress?: number;
  readonly startedAtMs: number;
  /** Since when nothing moves in it: a task that is to be saved moves until it is. */
  readonly endedAtMs?: number;
  readonly snapshot?: Snapshot;
  readonly error?: RushesError;
  readonly trouble?: Trouble;
  readonly troubles: number;
  readonly isRequeued: boolean;
  /** What is waited for while it is `asking`, where that is no answer of its provider. */
  readonly awaiting?: string | undefined;
  readonly save?: Save;
}

/** All that is known of some tasks, and the news that it was last told. */
export interface Board {
  readonly startedAtMs: number;
  /** Whether videos are saved. */
  readonly isSaving: boolean;
  readonly rows: readonly Row[];
  readonly summary?: Summary;
  readonly latest?: News;
  readonly latestAtMs: number;
}

/** A board before the first news of `tasks`. */
export function emptyBoard(
  nowMs: number,
  tasks: readonly TaskRef[] = [],
  { isSaving = false, awaiting }: Partial<Pick<Board, 'isSaving'> & Pick<Row, 'awaiting'>> = {},
): Board {
  const rows = tasks.map((task) => ({ ...newRow(task, nowMs), awaiting }));
  return { startedAtMs: nowMs, isSaving, rows, latestAtMs: nowMs };
}

/** Whether nothing moves in this row any more. */
export function isSettled({ endedAtMs }: Row): boolean {
  return endedAtMs !== undefined;
}

/** The board after `news`: the same object when they change nothing that it shows. */
export function hear(board: Board, news: News, atMs: number): Board {
  const told = { ...board, latest: news, latestAtMs: atMs };
  if (news.kind === 'summary') return { ...told, summary: news.summary };
  const before = names(news) ? withRow(board.rows, news.task, atMs) : board.rows;
  const rows = before.map((row) => (concerns(news, row) ? rowAfter(row, news, atMs, board) : row));
  return before === board.rows && rows.every((row, index) => row === before[index]) ? board : { ...told, rows };
}

/** Whether these news can be the first of a task. */
function names(news: Exclude<News, { kind: 'summary' }>) {
  return news.kind === 'created' || news.kind === 'snapshot' || news.kind === 'lost';
}

function withRow(rows: readonly Row[], task: TaskRef, atMs: number): readonly Row[] {
  return rows.some((row) => isSameTask(row.task, task)) ? rows : [...rows, newRow(task, atMs)];
}

function newRow(task: TaskRef, atMs: number): Row {
  return { task, status: 'asking', model: '', startedAtMs: atMs, troubles: 0, isRequeued: false };
}

function concerns(news: Exclude<News, { kind: 'summary' }>, { task }: Row): boolean {
  if ('task' in news && news.task) return isSameTask(news.task, task);
  return 'provider' in news && news.provider === task.provider;
}

function rowAfter(row: Row, news: News, atMs: number, { isSaving }: Board): Row {
  switch (news.kind) {
    case 'saving':
      return { ...row, save: news };
    case 'saved':
    case 'download-failed':
      return { ...row, save: news, endedAtMs: atMs };
  }
  if (isSettled(row)) return row;
  switch (news.kind) {
    case 'created':
    case 'snapshot':
      return observed(row, news.snapshot, atMs, isSaving);
    case 'lost':
      return { ...row, status: 'lost', error: news.error, endedAtMs: atMs };
    case 'retrying': {
      const trouble = { what: briefly(news.error), askAgainAtMs: atMs + news.waitMs };
      return { ...row, trouble, troubles: row.troubles + 1 };
    }
    case 'throttled':
      return { ...row, trouble: { what: 'paused', askAgainAtMs: atMs + news.pauseMs } };
    case 'answered':
      return row.trouble && !row.trouble.overAtMs ? { ...row, trouble: { ...row.trouble, overAtMs: atMs } } : row;
    default:
      return row;
  }
}

const begun: Save = { kind: 'saving', receivedBytes: 0 };

function observed(row: Row, snapshot: Snapshot, atMs: number, isSaving: boolean): Row {
  const { status, model = row.model, progress = row.progress } = snapshot;
  const isRequeued = status === 'queued' && (row.status === 'in_progress' || row.isRequeued);
  return {
    ...row,
    status,
    model,
    snapshot,
    isRequeued,
    ...(progress !== undefined && !isFailure(snapshot) && { progress }),
    ...(isTerminal(snapshot) && (isSaving && isCompleted(snapshot) ? { save: begun } : { endedAtMs: atMs })),
  };
}
