import type { RushesError } from '../../errors.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { advance } from '../../task/advance.js';
import type { TaskRef } from '../../task/ref.js';
import { isLive, isTerminal, type Snapshot } from '../../task/snapshot.js';

/** A task on the sheet. Times are epoch milliseconds. */
export interface Frame {
  /** Its place, counted from 1. */
  readonly number: number;
  readonly task: TaskRef;
  /** When the board came to know it. */
  readonly addedAt: number;
  readonly snapshot?: Snapshot | undefined;
  /** Why nobody knows any more; gone when something is heard again. */
  readonly error?: RushesError | undefined;
  /** Whether this page saw it live. */
  readonly wasLive: boolean;
  /** When this page saw it end, having seen it live. */
  readonly endedAt?: number | undefined;
}

/** A frame of which nothing was heard yet. */
export function newFrame(number: number, task: TaskRef, addedAt: number): Frame {
  return { number, task, addedAt, wasLive: false };
}

/** A frame after a piece of news of its task. What has ended stays as it is. */
export function developed(frame: Frame, event: TaskEvent, nowMs: number): Frame {
  const { snapshot: known } = frame;
  if (event.kind === 'lost') return known && isTerminal(known) ? frame : { ...frame, error: event.error };
  const snapshot = advance(known, event.snapshot);
  const hasEnded = isTerminal(snapshot) && !(known && isTerminal(known));
  return {
    ...frame,
    snapshot,
    error: undefined,
    wasLive: frame.wasLive || isLive(snapshot),
    ...(hasEnded && frame.wasLive && { endedAt: nowMs }),
  };
}

/** A frame that is looked at again after it was lost. */
export function lookedAgain(frame: Frame): Frame {
  return { ...frame, error: undefined };
}

/** How long a task has taken. */
export interface Taken {
  readonly ms: number;
  /** Counted since the board came to know it: nobody said when it was created. */
  readonly isSinceSeen: boolean;
}

/**
 * How long the task of a frame has taken so far, or took; `undefined` where nobody knows. What was created and completed
 * by one clock took as long as that says, whoever's clock it was; times of two clocks are never compared where one of them
 * is ahead.
 */
export function takenBy(frame: Frame, nowMs: number): Taken | undefined {
  const { snapshot, addedAt, endedAt, error } = frame;
  const createdAt = snapshot?.createdAt;
  const completedAt = snapshot?.status === 'completed' ? snapshot.completedAt : undefined;
  if (createdAt !== undefined && completedAt !== undefined && completedAt >= createdAt) {
    return { ms: completedAt - createdAt, isSinceSeen: false };
  }
  const isKnown = createdAt !== undefined && createdAt <= nowMs;
  const from = isKnown ? createdAt : addedAt;
  const until = snapshot && isTerminal(snapshot) ? endedAt : error ? undefined : nowMs;
  if (until === undefined || until < from) return undefined;
  return { ms: until - from, isSinceSeen: !isKnown };
}
