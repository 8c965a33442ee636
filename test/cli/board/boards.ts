import { type Board, emptyBoard, hear, type News } from '../../../src/cli/board/board.js';
import { type Terminal, unpainted } from '../../../src/cli/board/terminal.js';
import { RushesError, type Snapshot, type TaskRef } from '../../../src/index.js';

export const ref = (id: string, provider = 'cometapi'): TaskRef => ({ provider, id });

export function said(task: TaskRef, status: Snapshot['status'], more: Partial<Snapshot> = {}): Snapshot {
  return { task, status, providerStatus: status, ...more } as Snapshot;
}

export const created = (task: TaskRef, model = 'doubao-seedance-2-0-260128'): News => ({
  kind: 'created',
  task,
  snapshot: said(task, 'queued', { model }),
});

export const heard = (snapshot: Snapshot): News => ({ kind: 'snapshot', task: snapshot.task, snapshot });

export const answered = (snapshot: Snapshot): News => ({
  kind: 'answered',
  task: snapshot.task,
  status: 200,
  snapshot,
});

export const lost = (task: TaskRef, message = 'no such task'): News => ({
  kind: 'lost',
  task,
  error: new RushesError('NOT_FOUND', message, { task }),
});

export const retrying = (task: TaskRef, message: string, waitMs = 1_200): News => ({
  kind: 'retrying',
  task,
  waitMs,
  error: new RushesError('UNAVAILABLE', message, { task, retryable: true }),
});

/** A board that was told `news`, one a second. */
export function boardOf(...news: readonly News[]): Board {
  return news.reduce((board, each, index) => hear(board, each, index * 1_000), emptyBoard(0));
}

export const terminal = (columns: number, rows = 24): Terminal => ({ columns, rows, isLive: true, paint: unpainted });
