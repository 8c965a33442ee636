import fc from 'fast-check';
import { expect, it } from 'vitest';
import { codeOf, graver } from '../../src/cli/exit-code.js';
import type { JobEvent } from '../../src/cli/job-event.js';
import { Standings } from '../../src/cli/standings.js';
import { RushesError, type TaskRef } from '../../src/index.js';
import { ref, said } from './board/boards.js';

const task = ref('task_1');
const snapshot = (of: TaskRef, status: 'in_progress' | 'completed' | 'failed'): JobEvent => ({
  kind: 'snapshot',
  task: of,
  snapshot: said(of, status, { error: { message: 'no' } }),
});
const lost = (of: TaskRef, code: 'NOT_FOUND' | 'INVALID_ARGUMENT' = 'NOT_FOUND'): JobEvent => ({
  kind: 'lost',
  task: of,
  error: new RushesError(code, 'gone'),
});
const saved: JobEvent = { kind: 'saved', task, path: 'a', bytes: 1, sha256: '', verified: 'none' };
const unsaved: JobEvent = { kind: 'download-failed', task, error: new RushesError('DOWNLOAD_FAILED', 'full') };

it('puts an interruption before wrong usage before an unknown fate before a failure', () => {
  const order = [130, 2, 3, 1, 0];
  const code = fc.constantFrom(...order);
  fc.assert(
    fc.property(code, code, (a, b) => {
      expect(graver(a, b)).toBe(order.find((each) => each === a || each === b));
    }),
  );
});

it.each([
  ['a completed task', snapshot(task, 'completed'), 0],
  ['a failed task', snapshot(task, 'failed'), 1],
  ['a task that still runs', snapshot(task, 'in_progress'), 3],
  ['a lost task', lost(task), 3],
  ['a task that was named wrongly', lost(task, 'INVALID_ARGUMENT'), 2],
  ['a saved video', saved, 0],
  ['a video that was not saved', unsaved, 3],
])('%s', (_, event, code) => {
  expect(codeOf(event)).toBe(code);
});

it('is that of how each task stands in the end', () => {
  const after = (isSaving: boolean, ...events: readonly JobEvent[]) => {
    const standings = new Standings([], isSaving);
    for (const event of events) standings.hear(event);
    return standings.exitCode;
  };
  const other = ref('task_2');
  expect(after(false)).toBe(0);
  expect(after(false, lost(task), snapshot(task, 'completed'))).toBe(0);
  expect(after(false, snapshot(other, 'failed'), lost(task))).toBe(3);
  expect(after(false, snapshot(other, 'failed'), snapshot(task, 'completed'))).toBe(1);
  expect(after(true, snapshot(task, 'completed'))).toBe(3);
  expect(after(true, snapshot(task, 'completed'), saved)).toBe(0);
  expect(after(true, snapshot(task, 'completed'), unsaved)).toBe(3);
  expect(after(true, snapshot(task, 'failed'))).toBe(1);
  expect(new Standings([task], false).exitCode).toBe(3);
});
