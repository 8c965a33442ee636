import type { TaskRef } from './ref.js';
import { type FailureStatus, isTerminalStatus, type LiveStatus, type TerminalStatus } from './status.js';

/** Why a task ended without a video, as its provider said it. */
export interface TaskProblem {
  /** The provider's own code, such as `OutputVideoSensitiveContentDetected`. */
  readonly code?: string;
  /** Never empty. */
  readonly message: string;
}

interface SnapshotFacts {
  /** The task this was said about. */
  readonly task: TaskRef;
  /** The provider's own word for the status; empty when it gave none. */
  readonly providerStatus: string;
  /** 0-100; absent where the provider says nothing. It may go backwards: see `monotonicProgress`. */
  readonly progress?: number;
  /** Epoch milliseconds. */
  readonly createdAt?: number;
  /** The model that works on the task; gateways may answer a resolved name instead of the alias that was sent. */
  readonly model?: string;
  /** Length of the video in seconds. */
  readonly seconds?: number;
  /** Frame size as the provider words it, such as `1280x720`. */
  readonly size?: string;
  /** The body as received; only with the client option `raw: true`. */
  readonly raw?: unknown;
}

/** The task may still change. */
export interface LiveSnapshot extends SnapshotFacts {
  readonly status: LiveStatus;
}

/** The video is ready. */
export interface CompletedSnapshot extends SnapshotFacts {
  readonly status: 'completed';
  /** An http(s) address; absent in dialects that only have a content route. */
  readonly videoUrl?: string;
  /** Epoch milliseconds. */
  readonly completedAt?: number;
  /** Epoch milliseconds; when the provider forgets the video. */
  readonly expiresAt?: number;
}

/** The task ended without a video. */
export interface FailedSnapshot extends SnapshotFacts {
  readonly status: FailureStatus;
  /** Why; where the provider says nothing, the message says that. */
  readonly error: TaskProblem;
}

/** A snapshot after which a watch only completes. */
export type TerminalSnapshot = CompletedSnapshot | FailedSnapshot;

/** What a provider said about a task at one moment: frozen, plain JSON, a union on `status`. */
export type Snapshot = LiveSnapshot | TerminalSnapshot;

/** Whether the task has ended. */
export function isTerminal(snapshot: Snapshot): snapshot is TerminalSnapshot {
  return isTerminalStatus(snapshot.status satisfies LiveStatus | TerminalStatus);
}

/** Whether the task may still change. */
export function isLive(snapshot: Snapshot): snapshot is LiveSnapshot {
  return !isTerminal(snapshot);
}

/** Whether the video is ready. */
export function isCompleted(snapshot: Snapshot): snapshot is CompletedSnapshot {
  return snapshot.status === 'completed';
}

/** Whether the task ended without a video. */
export function isFailure(snapshot: Snapshot): snapshot is FailedSnapshot {
  return isTerminal(snapshot) && snapshot.status !== 'completed';
}
