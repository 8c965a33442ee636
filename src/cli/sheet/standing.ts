import type { Frame } from './frame.js';

/** Where a task stands, for whoever looks at many. */
export type Standing = 'queued' | 'running' | 'done' | 'failed' | 'lost';

/** In the order in which they are told. */
export const standings: readonly Standing[] = ['running', 'queued', 'done', 'failed', 'lost'];

/** Where the task of a frame stands; one that was not heard of yet waits. */
export function standingOf({ snapshot, error }: Pick<Frame, 'snapshot' | 'error'>): Standing {
  if (error) return 'lost';
  switch (snapshot?.status) {
    case undefined:
    case 'queued':
      return 'queued';
    case 'in_progress':
    case 'unknown':
      return 'running';
    case 'completed':
      return 'done';
    default:
      return 'failed';
  }
}

/** How many frames stand where. */
export type Counts = Readonly<Record<Standing, number>>;

/** Counts frames. */
export function countsOf(frames: Iterable<Frame>): Counts {
  const counts = { queued: 0, running: 0, done: 0, failed: 0, lost: 0 };
  for (const frame of frames) counts[standingOf(frame)]++;
  return counts;
}

/** Counts as a sentence: `3 running, 7 done, 1 lost`. */
export function wordsOfCounts(counts: Counts): string {
  const told = standings.filter((standing) => counts[standing] > 0);
  return told.map((standing) => `${counts[standing]} ${standing}`).join(', ') || 'no tasks';
}
