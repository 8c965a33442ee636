import type { CompletedSnapshot, LiveSnapshot, Snapshot, TaskRef } from '../../src/index.js';

export type { Snapshot, SnapshotSource, Status, TaskRef } from '../../src/index.js';

export const refOf = (id: string): TaskRef => ({ provider: 'test', id });

export const taskKeyOf = ({ provider, id }: TaskRef): string => `${provider}/${id}`;

export const live = (id: string, progress: number): LiveSnapshot => ({
  task: refOf(id),
  status: 'in_progress',
  providerStatus: 'running',
  progress,
});

export const completed = (id: string, videoUrl = 'https://cdn.example/v.mp4'): CompletedSnapshot => ({
  task: refOf(id),
  status: 'completed',
  providerStatus: 'done',
  progress: 100,
  videoUrl,
});

export const failed = (id: string, message: string): Snapshot => ({
  task: refOf(id),
  status: 'failed',
  providerStatus: 'failed',
  error: { message },
});
