import {
  type Activity,
  isFailure,
  isTerminal,
  type RushesError,
  type Snapshot,
  type Status,
  type Summary,
  type TaskEvent,
  type TaskRef,
} from '../index.js';
import { briefly } from './briefly.js';

/** Everything a board is told. */
export type News = TaskEvent | Activity | { readonly kind: 'summary'; readonly summary: Summary };

/** What went wrong last with a watch that goes on. */
export interface Trouble {
  readonly what: string;
  readonly askAgainAtMs: number;
  /** Since when all is well again. */
  readonly overAtMs?: number;
}

/** One task as it stands. */
export interface Row {
  readonly task: TaskRef;
  readonly model: string;
  readonly status: Status | 'lost';
  /** While it was alive: what a failed task says of its progress means nothing. */
  readonly progress?: number;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
  readonly snapshot: Snapshot;
  readonly error?: RushesError;
  readonly trouble?: Trouble;
  readonly troubles: number;
  readonly isRequeued: boolean;
}

/** All that is known of some tasks, and the news that it was last told. */
export interface Board {
  /** How many tasks there will be. */
  readonly expected: number;
  readonly startedAtMs: number;
  readonly rows: readonly Row[];
  readonly summary?: Summary;
  readonly latest?: News;
  readonly latestAtMs: number;
}

/** A board before the first news. */
export function emptyBoard(expected: number, nowMs: number): Board {
  return { expected, startedAtMs: nowMs, rows: [], latestAtMs: nowMs };
}

/** Whether every task has ended or was lost. */
export function isOver({ summary, expected }: Board): boolean {
  return summary?.settled === expected;
}

/** Whether the task of this row has ended or was lost. */
export function isSettled(row: Row): boolean {
  return row.endedAtMs !== undefined;
}

/** The board after `news`: the same object when they change nothing that it shows. */
export function hear(board: Board, news: News, atMs: number): Board {
  const told = { ...board, latest: news, latestAtMs: atMs };
  if (news.kind === 'summary') return { ...told, summary: news.summary };
  if (news.kind === 'created') return { ...told, rows: [...board.rows, newRow(news.task, news.snapshot, atMs)] };
  const rows = board.rows.map((row) => (concerns(news, row) ? rowAfter(row, news, atMs) : row));
  return rows.every((row, index) => row === board.rows[index]) ? board : { ...told, rows };
}

function newRow(task: TaskRef, snapshot: Snapshot, atMs: number): Row {
  const { status, model = '' } = snapshot;
  return { task, snapshot, status, model, startedAtMs: atMs, troubles: 0, isRequeued: false };
}

function concerns(news: Exclude<News, { kind: 'summary' }>, { task }: Row): boolean {
  if ('task' in news) return news.task.provider === task.provider && news.task.id === task.id;
  return news.provider === task.provider;
}

function rowAfter(row: Row, news: News, atMs: number): Row {
  if (isSettled(row)) return row;
  switch (news.kind) {
    case 'snapshot':
      return observed(row, news.snapshot, atMs);
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

function observed(row: Row, snapshot: Snapshot, atMs: number): Row {
  const { status, model = row.model, progress = row.progress } = snapshot;
  const isRequeued = status === 'queued' && (row.status === 'in_progress' || row.isRequeued);
  return {
    ...row,
    status,
    model,
    snapshot,
    isRequeued,
    ...(progress !== undefined && !isFailure(snapshot) && { progress }),
    ...(isTerminal(snapshot) && { endedAtMs: atMs }),
  };
}
