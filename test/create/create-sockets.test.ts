import { afterAll, describe, expect, it } from 'vitest';
import { nodeTransport } from '../../src/http/node-transport.js';
import {
  ark,
  cometapi,
  createClient,
  fetchTransport,
  infinityBlue,
  isRushesError,
  openaiCompatible,
  type Provider,
  type Transport,
} from '../../src/index.js';
import { createClock } from '../../src/testing/clock.js';
import { nobody, serve } from '../http/server.js';
import { http, type Row, rows, type Words } from './create-answers.js';
import { createServerOf, noTls } from './create-server.js';
import { input } from './studio.js';

const apiKey = 'sk-canary-0123456789abcdef';
const overNode = nodeTransport();
afterAll(() => overNode.close());

const hasFetch = 'fetch' in globalThis;
const transports: readonly (readonly [string, Transport])[] = hasFetch
  ? [
      ['fetchTransport', fetchTransport()],
      ['nodeTransport', overNode],
    ]
  : [['fetchTransport without fetch', fetchTransport()]];

const nested = (error: object) => JSON.stringify({ error: { message: 'No.', ...error } });
const video = JSON.stringify({ id: 'task_1', object: 'video', status: 'queued', progress: 0, created_at: 1777385418 });
const dialects: readonly (readonly [string, (baseUrl: string) => Provider, Words])[] = [
  [
    'cometapi',
    (baseUrl) => cometapi({ apiKey, baseUrl }),
    { made: video, refusal: nested({ code: 'invalid_request', type: 'comet_api_error' }) },
  ],
  [
    'infinity-blue',
    (baseUrl) => infinityBlue({ apiKey, baseUrl }),
    { made: video, refusal: JSON.stringify({ code: 'fail_to_fetch_task', message: 'No.', data: null }) },
  ],
  [
    'ark',
    (baseUrl) => ark({ apiKey, baseUrl }),
    { made: '{"id":"task_1"}', refusal: nested({ code: 'InvalidParameter', param: 'duration', type: 'BadRequest' }) },
  ],
  [
    'openai-compatible',
    (baseUrl) => openaiCompatible({ apiKey, baseUrl }),
    { made: video, refusal: nested({ code: null, param: 'seconds', type: 'invalid_request_error' }) },
  ],
];

/** Whether only time ends a create. */
const isSilent = ({ ending, isTorn }: Pick<Row, 'ending' | 'isTorn'>) =>
  ending === 'silence' || (isTorn === true && !hasFetch);

/** What one create comes to, and if it needs time, time runs out as soon as the server has done its part. */
async function outcomeOf(provider: Provider, transport: Transport, done?: Promise<void>, needsTime = false) {
  const clock = createClock();
  const client = createClient(provider, { transport, scheduler: clock });
  const created = client.create({ ...input, prompt: 'a paper plane '.repeat(40_000) }).then(
    ({ task }) => (task.id === 'task_1' ? 'made' : `made ${task.id}`),
    (error: unknown) => {
      if (!isRushesError(error)) return `foreign: ${error}`;
      if (error.code === 'CREATE_AMBIGUOUS') return error.create ? 'ambiguous' : 'ambiguous, but where?';
      return `${error.code}${error.retryable ? ' again' : ''}`;
    },
  );
  if (needsTime) {
    await done;
    await clock.advance(120_000);
  }
  return created;
}

describe.each(transports)('a create over %s', (_, transport) => {
  describe.each(dialects)('at %s', (_name, at, words) => {
    it.each(rows(words).map((row) => [row.outcome, row.does, row] as const))(
      'is %s when the server %s',
      async (outcome, _does, row) => {
        const server = await createServerOf(row);
        expect(await outcomeOf(at(server.origin), transport, server.done, isSilent(row))).toBe(outcome);
        const posts = server.lines.filter((line) => line.startsWith('POST '));
        expect(posts).toHaveLength(row.reads === 'connected' ? 0 : 1);
        expect([server.lines, server.connections]).toEqual([posts, 1]);
      },
    );

    it('is ambiguous wherever the answer that names its task is cut, with one POST', async () => {
      const answer = http(200, words.made, { 'content-type': 'application/json' });
      for (const ending of ['reset', 'close'] satisfies Row['ending'][]) {
        for (let length = 0; length < answer.length; length += 10) {
          const row = { writes: answer.slice(0, length), ending, isTorn: true } as const;
          const server = await createServerOf(row);
          const outcome = outcomeOf(at(server.origin), transport, server.done, isSilent(row));
          expect(await outcome, `${length} bytes, then ${ending}`).toBe('ambiguous');
          expect(server.lines).toHaveLength(1);
        }
      }
    });

    it('was never sent, and may be tried again, when nobody listens', async () => {
      expect(await outcomeOf(at(await nobody()), transport)).toBe('UNAVAILABLE again');
    });

    it('was never sent, and may be tried again, when the name is none', async () => {
      expect(await outcomeOf(at('https://nobody.invalid'), transport)).toBe('UNAVAILABLE again');
    });

    it.each(['alert', 'close'] as const)(
      'was never sent, and may be tried again, when TLS ends with: %s',
      async (how) => {
        expect(await outcomeOf(at(await noTls(how)), transport)).toBe('UNAVAILABLE again');
      },
    );

    it('is sent once when the server closes the connection that a read has kept', async () => {
      const { origin, requests } = await serve((request, response) => {
        if (request.method === 'GET') response.setHeader('connection', 'keep-alive').end(words.made);
        else request.resume().on('end', () => request.socket.resetAndDestroy());
      });
      const provider = at(origin);
      await createClient(provider, { transport }).read({ provider: provider.name, id: 'task_1' });
      expect(await outcomeOf(provider, transport)).toBe('ambiguous');
      expect(requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
    });
  });
});
