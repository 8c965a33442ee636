import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ark } from '../../src/providers/ark.js';
import { cometapi } from '../../src/providers/cometapi.js';
import { infinityBlue } from '../../src/providers/infinity-blue.js';
import { openaiCompatible } from '../../src/providers/openai-compatible.js';
import { answer, fixture, messageOf, outcomeOf, snapshotOf } from './answer.js';

const apiKey = 'k';
const providers = {
  ark: ark({ apiKey }),
  comet: cometapi({ apiKey }),
  infinity: infinityBlue({ apiKey }),
  newapi: openaiCompatible({ apiKey, baseUrl: 'https://gateway.example.com', name: 'newapi' }),
  openai: openaiCompatible({ apiKey, baseUrl: 'https://gateway.example.com', name: 'openai' }),
};

const seedance = 'doubao-seedance-2-0-260128';
const arkId = 'cgt-20260711150000-abcde';
const newapiId = 'task_LtujSKpBYTZNT4BXpUlfKYypoM5XabYN';
const openaiId = 'video_68ebb02083ac81918012e956de3ddf21';
const infinityId = 'video_abc123';
const s = (seconds: number) => seconds * 1_000;

const openaiFacts = { createdAt: s(1760276512), model: 'sora-2', seconds: 8, size: '1280x720' };
const cometFacts = { createdAt: s(1777385418), model: 'doubao-seedance-2-0' };
const infinityFacts = { createdAt: 1764347090922, model: 'doubao-seedance-2-0-fast-260128', seconds: 5 };
const newapiFacts = { createdAt: s(1783780000), model: seedance };

/** Fixture, id, status, the provider's word, and every other fact. */
const tasks: [string, string, string, string, object][] = [
  ['ark-queued', arkId, 'queued', 'queued', { createdAt: s(1783753200), model: seedance }],
  [
    'ark-running',
    'cgt-20251009163014-wfnnx',
    'in_progress',
    'running',
    { createdAt: s(1759998617), model: 'seedance-1-0-pro-250528' },
  ],
  [
    'ark-succeeded',
    arkId,
    'completed',
    'succeeded',
    {
      createdAt: s(1783753200),
      model: seedance,
      seconds: 5,
      videoUrl: 'https://ark.example.com/out.mp4?X-Tos-Date=20260711T070113Z&X-Tos-Expires=86400&X-Tos-Signature=0',
    },
  ],
  [
    'ark-failed',
    'cgt-20260514101521-nk5ct',
    'failed',
    'failed',
    {
      model: 'dreamina-seedance-2-0-260128',
      error: {
        code: 'OutputAudioSensitiveContentDetected',
        message:
          'The request failed because the output audio may contain sensitive information. Request id: 021778724921967000example',
      },
    },
  ],
  [
    'ark-cancelled',
    arkId,
    'cancelled',
    'cancelled',
    { createdAt: s(1783753200), model: seedance, error: { message: 'the provider gave no reason' } },
  ],
  ['comet-queued', 'task_abc123', 'queued', 'queued', { ...cometFacts, progress: 0 }],
  [
    'comet-in-progress-uppercase',
    'task_abc123',
    'in_progress',
    'IN_PROGRESS',
    { createdAt: s(1776567610), model: 'doubao-seedance-2-0-fast', progress: 45 },
  ],
  [
    'comet-completed',
    'task_abc123',
    'completed',
    'completed',
    {
      ...cometFacts,
      progress: 100,
      completedAt: s(1777385520),
      videoUrl: 'https://media.example.com/seedance/abc123.mp4?X-Tos-Expires=86400&X-Tos-Signature=0000',
    },
  ],
  [
    'comet-failed',
    'task_abc123',
    'failed',
    'failed',
    {
      ...cometFacts,
      progress: 100,
      error: {
        code: 'OutputVideoSensitiveContentDetected',
        message:
          'The request failed because the output video may contain sensitive information. Request id: 021700000000000example',
      },
    },
  ],
  [
    'comet-error-status',
    'task_abc123',
    'error',
    'error',
    { ...cometFacts, progress: 30, error: { message: 'the provider gave no reason' } },
  ],
  [
    'comet-sora-in-progress',
    'video_69b25d5f467c81908733a56bc236b4df',
    'in_progress',
    'in_progress',
    { createdAt: s(1773296991), model: 'sora-2', progress: 0, seconds: 4, size: '1280x720' },
  ],
  [
    'comet-veo-queued',
    'task_pa9CKKtYlTdxO7IIHOKKhXfjxEu4EQoR',
    'queued',
    'queued',
    { createdAt: s(1773297229), model: 'veo_3_1-4K', progress: 0, size: '16x9' },
  ],
  [
    'comet-volc-succeeded',
    '021773297205999example',
    'completed',
    'succeeded',
    {
      createdAt: s(1773297205),
      model: 'doubao-seedance-1-5-pro-251215',
      seconds: 5,
      videoUrl: 'https://example.com/generated.mp4',
    },
  ],
  ['infinity-queued', infinityId, 'queued', 'queued', { ...infinityFacts, progress: 0 }],
  ['infinity-in-progress', infinityId, 'in_progress', 'in_progress', { ...infinityFacts, progress: 50 }],
  [
    'infinity-completed',
    infinityId,
    'completed',
    'completed',
    {
      ...infinityFacts,
      progress: 100,
      size: '1280x720',
      completedAt: 1764347170000,
      expiresAt: 1764433570000,
      videoUrl: 'https://cdn.example.com/infinity/video_abc123.mp4',
    },
  ],
  [
    'infinity-failed',
    infinityId,
    'failed',
    'failed',
    {
      ...infinityFacts,
      model: seedance,
      progress: 100,
      error: {
        code: 'InputTextSensitiveContentDetected',
        message: 'The request failed because the input text may contain sensitive information.',
      },
    },
  ],
  ['infinity-generic-in-progress', 'abcd1234efgh', 'in_progress', 'in_progress', {}],
  ['newapi-unknown-after-create', newapiId, 'unknown', 'unknown', { ...newapiFacts, progress: 0 }],
  ['newapi-in-progress', newapiId, 'in_progress', 'in_progress', { ...newapiFacts, progress: 50 }],
  [
    'newapi-completed',
    newapiId,
    'completed',
    'completed',
    {
      ...newapiFacts,
      progress: 100,
      completedAt: s(1783780092),
      videoUrl: 'https://cdn.example.com/ark/out.mp4?X-Tos-Expires=86400',
    },
  ],
  [
    'newapi-failed',
    newapiId,
    'failed',
    'failed',
    {
      ...newapiFacts,
      progress: 100,
      error: {
        code: 'OutputAudioSensitiveContentDetected',
        message:
          'The request failed because the output audio may contain sensitive information. Request id: 021778724921967000example',
      },
    },
  ],
  [
    'newapi-generic-envelope',
    newapiId,
    'completed',
    'SUCCESS',
    {
      createdAt: s(1783780000),
      progress: 100,
      completedAt: s(1783780092),
      videoUrl: 'https://cdn.example.com/ark/out.mp4',
    },
  ],
  ['openai-queued', openaiId, 'queued', 'queued', { ...openaiFacts, progress: 0 }],
  ['openai-in-progress', openaiId, 'in_progress', 'in_progress', { ...openaiFacts, progress: 33 }],
  [
    'openai-completed',
    openaiId,
    'completed',
    'completed',
    { ...openaiFacts, progress: 100, completedAt: s(1760276655), expiresAt: s(1760280255) },
  ],
  ['openai-webhook-completed', infinityId, 'unknown', '', {}],
];

/** Fixture, id and the facts of the task that was created. */
const created: [string, string, object][] = [
  ['ark-create', arkId, { status: 'unknown', providerStatus: '' }],
  [
    'comet-create-submitted',
    'task_abc123',
    {
      status: 'queued',
      providerStatus: 'SUBMITTED',
      progress: 0,
      createdAt: s(1776681149),
      model: 'doubao-seedance-2-0-fast',
    },
  ],
  [
    'comet-create-queued',
    'task_example',
    { status: 'queued', providerStatus: 'queued', progress: 0, createdAt: s(1779872000), model: 'doubao-seedance-2-0' },
  ],
  ['infinity-queued', infinityId, { status: 'queued', providerStatus: 'queued', ...infinityFacts, progress: 0 }],
  ['newapi-create-queued', newapiId, { status: 'queued', providerStatus: 'queued', ...newapiFacts, progress: 0 }],
  ['openai-queued', openaiId, { status: 'queued', providerStatus: 'queued', ...openaiFacts, progress: 0 }],
];

/** Fixture, what it means for a read and for a create, and a part of the read's message. */
const problems: [string, string, string, string][] = [
  ['errors-200-empty-body', 'BAD_RESPONSE again', 'CREATE_AMBIGUOUS', 'answered nothing (HTTP 200)'],
  ['errors-ark-400-create', 'REJECTED', 'REJECTED', '(HTTP 400): InvalidParameter: The parameter `content`'],
  [
    'errors-ark-429',
    'RATE_LIMITED again',
    'RATE_LIMITED again',
    '(HTTP 429): RateLimitExceeded.EndpointRPMExceeded: The Requests Per Minute',
  ],
  ['errors-comet-400-task-not-exist', 'NOT_FOUND', 'REJECTED', 'knows no such task (HTTP 400): task_not_exist'],
  ['errors-comet-401', 'UNAUTHORIZED', 'UNAUTHORIZED', '(HTTP 401): invalid token (request id: 2026'],
  ['errors-comet-500-invalid-request', 'REJECTED', 'CREATE_AMBIGUOUS', '(HTTP 500): invalid_request: ...'],
  ['errors-gateway-502-html', 'UNAVAILABLE again', 'CREATE_AMBIGUOUS', '(HTTP 502): 502 Bad Gateway'],
  ['errors-newapi-400-task-not-exist', 'NOT_FOUND', 'REJECTED', '(HTTP 400): task_not_exist'],
  ['errors-newapi-401', 'UNAUTHORIZED', 'UNAUTHORIZED', '(HTTP 401): Invalid token'],
  ['errors-newapi-403-model-forbidden', 'UNAUTHORIZED', 'REJECTED', '(HTTP 403): This token has no access to model'],
  [
    'errors-newapi-429-create',
    'RATE_LIMITED again',
    'RATE_LIMITED again',
    '(HTTP 429): fail_to_fetch_task: 当前分组上游负载已饱和，请稍后再试',
  ],
  [
    'errors-newapi-503-no-channel',
    'UNAVAILABLE again',
    'CREATE_AMBIGUOUS',
    '(HTTP 503): model_not_found: No available',
  ],
  ['errors-newapi-content-400-not-completed', 'REJECTED', 'REJECTED', '(HTTP 400): Task is not completed yet'],
  ['errors-newapi-content-404', 'NOT_FOUND', 'REJECTED', '(HTTP 404): Task not found'],
  ['errors-newapi-content-502', 'UNAVAILABLE again', 'CREATE_AMBIGUOUS', '(HTTP 502): Upstream service returned'],
  ['errors-openai-401', 'UNAUTHORIZED', 'UNAUTHORIZED', '(HTTP 401): invalid_api_key: Incorrect API key provided'],
  ['errors-openai-404', 'NOT_FOUND', 'REJECTED', "(HTTP 404): Video with id 'video_x' not found."],
  ['errors-openai-429', 'RATE_LIMITED again', 'RATE_LIMITED again', '(HTTP 429): rate_limit_exceeded: Rate limit'],
];

const providerOf = (name: string) => providers[name.split('-')[0] as keyof typeof providers];

describe('every fixture of the wire', () => {
  test('is in one of the tables', () => {
    const known = new Set([...tasks, ...created, ...problems].map(([name]) => name));
    const files = readdirSync(new URL('../fixtures/wire/', import.meta.url)).filter((file) => file.endsWith('.json'));
    expect(files.map((file) => file.slice(0, -5)).filter((name) => !known.has(name))).toEqual([]);
    expect(files).toHaveLength(known.size);
  });

  test.each(tasks)('%s', (name, id, status, providerStatus, facts) => {
    const provider = providerOf(name);
    const task = { provider: provider.name, id };
    const body = fixture(name);
    const heard = provider.hear({ kind: 'read', task }, answer(200, body));
    expect(heard).toStrictEqual({ kind: 'snapshot', snapshot: { task, status, providerStatus, ...facts }, body });
    expect(snapshotOf(heard).task).toEqual(task);
  });

  test.each(created)('%s, as answer to a create', (name, id, facts) => {
    const provider = providerOf(name);
    const heard = provider.hear({ kind: 'create', input: { model: 'm', prompt: 'p' } }, answer(200, fixture(name)));
    expect(snapshotOf(heard)).toStrictEqual({ task: { provider: provider.name, id }, ...facts });
  });

  test.each(problems)('%s', (name, read, create, part) => {
    const { httpStatus, body, headers } = fixture(name) as {
      httpStatus: number;
      body: unknown;
      headers: Record<string, string>;
    };
    const response = answer(httpStatus, body, headers);
    const { comet } = providers;
    const heard = comet.hear({ kind: 'read', task: { provider: 'cometapi', id: 'a' } }, response);
    expect(outcomeOf(heard)).toBe(read);
    expect(messageOf(heard)).toMatch(/^cometapi /);
    expect(messageOf(heard)).toContain(part);
    expect(outcomeOf(comet.hear({ kind: 'create', input: { model: 'm', prompt: 'p' } }, response))).toBe(create);
    if (httpStatus !== 200) {
      expect(comet.hear({ kind: 'content', task: { provider: 'cometapi', id: 'a' } }, response)).toEqual(heard);
    }
  });
});
