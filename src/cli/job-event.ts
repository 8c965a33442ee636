import type { RushesError, TaskEvent, TaskRef } from '../index.js';

/** A video on its way to the disk. */
export interface Saving {
  readonly kind: 'saving';
  readonly task: TaskRef;
  readonly receivedBytes: number;
  readonly totalBytes?: number | undefined;
}

/** A video on the disk. */
export interface Saved {
  readonly kind: 'saved';
  readonly task: TaskRef;
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** What was checked of it. */
  readonly verified: string;
  /** It was there before, and nothing was downloaded. */
  readonly already?: true;
}

/** A video that is at its provider, and not on the disk. */
export interface DownloadFailed {
  readonly kind: 'download-failed';
  readonly task: TaskRef;
  readonly error: RushesError;
}

/** News of a task of a command. All but `saving` are lines of its NDJSON. */
export type JobEvent = TaskEvent | Saving | Saved | DownloadFailed;
