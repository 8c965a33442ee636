import type { Snapshot } from '../../src/index.js';
import { type BrokenProvider, hearing, overComet, reading } from './providers-breaking.js';

const failed = (snapshot: Snapshot) => ({ ...snapshot, status: 'failed', error: { message: 'no' } });
const completed = ({ task, providerStatus }: Snapshot) => ({ task, providerStatus, status: 'completed' });

/** Providers that understand good answers wrongly. */
export const brokenInReading: readonly BrokenProvider[] = [
  {
    foundBy: 'it knows the words of its API',
    how: 'takes error for passing trouble',
    options: reading((snapshot) => {
      const { task, providerStatus } = snapshot;
      return snapshot.status === 'error' ? { task, providerStatus, status: 'unknown' } : snapshot;
    }),
  },
  {
    foundBy: 'a new word is live, and kept',
    how: 'takes an unknown word for a failure',
    options: reading((snapshot) => (snapshot.status === 'unknown' ? failed(snapshot) : snapshot)),
  },
  {
    foundBy: 'a new word is live, and kept',
    how: 'loses the word',
    options: reading((snapshot) => (snapshot.status === 'unknown' ? { ...snapshot, providerStatus: '' } : snapshot)),
  },
  {
    foundBy: 'an error beside a live word is no failure',
    how: 'takes an error for a failure',
    options: reading((snapshot, { error }) => (error && snapshot.status !== 'completed' ? failed(snapshot) : snapshot)),
  },
  {
    foundBy: 'progress, times and links complete nothing',
    how: 'takes progress 100 for completed',
    options: reading((snapshot) => (snapshot.progress === 100 ? completed(snapshot) : snapshot)),
  },
  {
    foundBy: 'progress, times and links complete nothing',
    how: 'takes completed_at for completed',
    options: reading((snapshot, body) => (body['completed_at'] ? completed(snapshot) : snapshot)),
  },
  {
    foundBy: 'an error beside a completed word takes nothing away',
    how: 'fails a finished task for an error beside it',
    options: reading((snapshot, { error }) => {
      const { task, providerStatus } = snapshot;
      return error && snapshot.status === 'completed' ? failed({ task, providerStatus, status: 'queued' }) : snapshot;
    }),
  },
  {
    foundBy: 'a failed task has a reason',
    how: 'passes on an error that is not there',
    options: reading((snapshot, { error }) => ('error' in snapshot && !error ? { ...snapshot, error: {} } : snapshot)),
  },
  {
    foundBy: 'what its API says is heard',
    how: 'takes seconds for milliseconds',
    options: reading((snapshot) => ({
      ...snapshot,
      ...(snapshot.createdAt && { createdAt: snapshot.createdAt / 1_000 }),
    })),
  },
  {
    foundBy: 'what its API says is heard',
    how: 'cuts the signature off the link',
    options: reading((snapshot) =>
      'videoUrl' in snapshot ? { ...snapshot, videoUrl: snapshot.videoUrl?.replace(/\?.*/, '') } : snapshot,
    ),
  },
  {
    foundBy: 'only safe links are kept',
    how: 'keeps any link',
    options: reading((snapshot, body) =>
      snapshot.status === 'completed' && body['video_url'] ? { ...snapshot, videoUrl: body['video_url'] } : snapshot,
    ),
  },
  {
    foundBy: 'a snapshot is about the task that was asked for',
    how: 'says its own name for that of the account',
    options: reading(({ task, ...facts }) => ({ ...facts, task: { ...task, provider: 'comet' } })),
  },
  {
    foundBy: "another task's answer is no snapshot",
    how: "takes another task's answer",
    options: overComet((own) => ({
      hear(operation, response) {
        const { id } = operation.kind === 'read' ? operation.task : { id: '' };
        const text = response.text.replace('task_of-somebody-else', id);
        return own.hear(operation, { ...response, text });
      },
    })),
  },
  {
    foundBy: 'a snapshot is frozen plain JSON',
    how: 'hands out a snapshot that can be changed',
    options: hearing((heard) => (heard.kind === 'snapshot' ? { ...heard, snapshot: { ...heard.snapshot } } : heard)),
  },
  {
    foundBy: 'a snapshot is frozen plain JSON',
    how: 'hands out dates',
    options: reading((snapshot) => ({ ...snapshot, heardAt: new Date(0) })),
  },
  {
    foundBy: 'it hears the same answer twice alike',
    how: 'remembers what it heard',
    options: overComet((own) => {
      let heard = 0;
      return { hear: (operation, response) => ({ ...own.hear(operation, response), nth: ++heard }) };
    }),
  },
];
