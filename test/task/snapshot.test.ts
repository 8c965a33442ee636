import { describe, expect, test } from 'vitest';
import { isCompleted, isFailure, isLive, isTerminal } from '../../src/task/snapshot.js';
import { snapshotOf } from './snapshots.js';

describe('the guards of a snapshot', () => {
  test.each([
    ['queued', { live: true, terminal: false, completed: false, failure: false }],
    ['in_progress', { live: true, terminal: false, completed: false, failure: false }],
    ['unknown', { live: true, terminal: false, completed: false, failure: false }],
    ['completed', { live: false, terminal: true, completed: true, failure: false }],
    ['failed', { live: false, terminal: true, completed: false, failure: true }],
    ['error', { live: false, terminal: true, completed: false, failure: true }],
    ['cancelled', { live: false, terminal: true, completed: false, failure: true }],
    ['expired', { live: false, terminal: true, completed: false, failure: true }],
  ] as const)('tell what %s is', (status, expected) => {
    const snapshot = snapshotOf(status);
    expect({
      live: isLive(snapshot),
      terminal: isTerminal(snapshot),
      completed: isCompleted(snapshot),
      failure: isFailure(snapshot),
    }).toEqual(expected);
  });

  test('only the status decides, not a time, a progress, a problem or an address', () => {
    const misleading = { progress: 100, completedAt: 1, videoUrl: 'https://v.test/1.mp4', error: { message: 'no' } };
    const snapshot = snapshotOf('in_progress', misleading);
    expect([isLive(snapshot), isTerminal(snapshot), isCompleted(snapshot), isFailure(snapshot)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
