import type { TaskRef } from '../task/ref.js';
import type { Snapshot } from '../task/snapshot.js';
import { isTerminalStatus } from '../task/status.js';
import { type Facts, firstOf } from './facts.js';
import { readEpoch } from './read-epoch.js';
import { readProblem } from './read-problem.js';
import { readProgress } from './read-progress.js';
import { readSeconds } from './read-seconds.js';
import { readStatus } from './read-status.js';
import { readText } from './read-text.js';
import { readUrl } from './read-url.js';

/**
 * What a body says about `task`, whichever dialect worded it. Only `status` decides: `completed_at` is set while a task
 * still runs (CometAPI, new-api), and `error` is part of some completed ones.
 */
export function readSnapshot(task: TaskRef, facts: Facts): Snapshot {
  const { status, providerStatus } = readStatus(facts);
  const draft: Record<string, unknown> = {
    task: Object.isFrozen(task) ? task : Object.freeze({ ...task }),
    status,
    providerStatus,
  };
  add(draft, 'progress', readProgress(facts['progress']));
  add(draft, 'createdAt', firstOf(facts, ['created_at', 'submit_time'], readEpoch));
  add(draft, 'model', readText(facts['model']));
  add(draft, 'seconds', firstOf(facts, ['seconds', 'duration'], readSeconds));
  add(draft, 'size', readText(facts['size']));
  if (status === 'completed') {
    add(draft, 'videoUrl', readUrl(facts));
    add(draft, 'completedAt', firstOf(facts, ['completed_at', 'finish_time', 'finished_at'], readEpoch));
    add(draft, 'expiresAt', readEpoch(facts['expires_at']));
  } else if (isTerminalStatus(status)) {
    const { code, message = 'the provider gave no reason' } = readProblem(facts);
    draft['error'] = Object.freeze({ ...(code && { code }), message });
  }
  return Object.freeze(draft) as unknown as Snapshot;
}

function add(draft: Record<string, unknown>, key: string, value: unknown): void {
  if (value !== undefined) draft[key] = value;
}
