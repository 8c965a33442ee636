import fc from 'fast-check';
import type { TaskRef } from '../../src/task/ref.js';
import type { CompletedSnapshot, FailedSnapshot, LiveSnapshot, Snapshot } from '../../src/task/snapshot.js';
import type { FailureStatus, LiveStatus, Status } from '../../src/task/status.js';

export const liveStatuses = ['queued', 'in_progress', 'unknown'] as const satisfies readonly LiveStatus[];
export const failureStatuses = ['failed', 'error', 'cancelled', 'expired'] as const satisfies readonly FailureStatus[];
export const statuses = [...liveStatuses, 'completed', ...failureStatuses] as const satisfies readonly Status[];

export const aTask: TaskRef = Object.freeze({ provider: 'cometapi', id: 'task_1' });

export function snapshotOf(status: LiveStatus, facts?: Partial<LiveSnapshot>): LiveSnapshot;
export function snapshotOf(status: 'completed', facts?: Partial<CompletedSnapshot>): CompletedSnapshot;
export function snapshotOf(status: FailureStatus, facts?: Partial<FailedSnapshot>): FailedSnapshot;
export function snapshotOf(status: Status, facts?: Partial<Snapshot>): Snapshot;
export function snapshotOf(status: Status, facts: Partial<Snapshot> = {}): Snapshot {
  const isFailure = (failureStatuses as readonly Status[]).includes(status);
  const why = isFailure ? { error: { message: 'no video' } } : {};
  return Object.freeze({ task: aTask, providerStatus: status, ...why, ...facts, status }) as Snapshot;
}

export const anySnapshot: fc.Arbitrary<Snapshot> = fc
  .record({ status: fc.constantFrom(...statuses), progress: fc.option(fc.integer({ min: 0, max: 100 })) })
  .map(({ status, progress }) => snapshotOf(status, progress === null ? {} : { progress }));
