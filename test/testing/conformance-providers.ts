import { ark, cometapi, infinityBlue, openaiCompatible } from '../../src/index.js';
import type { ProviderConformanceOptions } from '../../src/testing/index.js';

const seconds = (ms: number | undefined) => ms && ms / 1_000;
const nestedProblem = (code: string, message: string) => ({ error: { code, message, type: 'invalid_request_error' } });
const videos = { created: (id: string) => ({ id, object: 'video', status: 'queued', progress: 0 }) };

/** How to check each of our own providers, and an example for those who write another. */
export const ownProviders: Readonly<Record<string, ProviderConformanceOptions>> = {
  cometapi: {
    provider: (apiKey) => cometapi({ apiKey }),
    supports: { cancel: false, content: true, idempotency: false },
    speaks: {
      ...videos,
      words: { queued: 'queued', in_progress: 'in_progress', completed: 'completed', failed: 'failed', error: 'error' },
      task: (id, status, { progress, createdAt, completedAt, videoUrl, error }) => ({
        id,
        object: 'video',
        status,
        progress,
        created_at: seconds(createdAt),
        completed_at: seconds(completedAt),
        video_url: videoUrl,
        error,
      }),
      problem: (code, message) => ({ error: { code, message, type: 'comet_api_error' } }),
      unknownTask: () => ({ status: 400, body: { code: 'task_not_exist', message: 'task_not_exist', data: null } }),
    },
  },
  'infinity-blue': {
    provider: (apiKey) => infinityBlue({ apiKey }),
    supports: { cancel: false, content: true, idempotency: false },
    speaks: {
      ...videos,
      words: { queued: 'queued', in_progress: 'in_progress', completed: 'completed', failed: 'failed' },
      task: (id, status, { progress, createdAt, completedAt, videoUrl, error }) => ({
        id,
        object: 'video',
        status,
        progress,
        seconds: '5',
        created_at: createdAt,
        completed_at: completedAt,
        metadata: { url: videoUrl ?? '' },
        error,
      }),
      problem: (code, message) => ({ code, message, data: null }),
    },
  },
  ark: {
    provider: (apiKey) => ark({ apiKey }),
    supports: { cancel: true, content: false, idempotency: false },
    speaks: {
      words: {
        queued: 'queued',
        running: 'in_progress',
        succeeded: 'completed',
        failed: 'failed',
        cancelled: 'cancelled',
        expired: 'expired',
      },
      task: (id, status, { createdAt, videoUrl, error = null }) => ({
        id,
        status,
        created_at: seconds(createdAt),
        content: videoUrl === undefined ? undefined : { video_url: videoUrl },
        error,
      }),
      created: (id) => ({ id }),
      problem: nestedProblem,
    },
  },
  'openai-compatible': {
    provider: (apiKey) => openaiCompatible({ apiKey, baseUrl: 'https://gateway.test/prefix', name: 'acme' }),
    supports: { cancel: false, content: true, idempotency: false },
    speaks: {
      ...videos,
      words: { queued: 'queued', in_progress: 'in_progress', completed: 'completed', failed: 'failed' },
      task: (id, status, { progress = 0, createdAt, completedAt, error = null }) => ({
        id,
        object: 'video',
        status,
        progress,
        created_at: seconds(createdAt),
        completed_at: seconds(completedAt) ?? null,
        error,
      }),
      problem: nestedProblem,
    },
  },
};
