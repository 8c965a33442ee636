import { describe, expect, it } from 'vitest';
import { ark, type SentRequest } from '../../src/index.js';
import { type Answer, refused } from '../watch/scripted.js';
import { stage } from '../watch/stage.js';

const task = { provider: 'ark', id: 'cgt-1' } as const;
const reads = (status: string): Answer => refused(200, JSON.stringify({ id: task.id, status }));
const error = (status: number, code: string): Answer =>
  refused(status, JSON.stringify({ error: { code, message: 'no' } }));
const gone = error(404, 'ResourceNotFound');
const hangs: Answer = { kind: 'hang' };

/** An Ark whose n-th read and whose DELETE are answered so. */
function server(reading: readonly Answer[], deleting: Answer) {
  let nth = 0;
  const script = (_: number, { method }: SentRequest) =>
    method === 'DELETE' ? deleting : (reading[Math.min(nth++, reading.length - 1)] as Answer);
  const set = stage(script, { over: ark({ apiKey: 'key' }), cadence: () => 1_000 });
  return { ...set, asked: () => set.server.requests.map(({ request }) => request.method).join(' ') };
}

/** What a cancel comes to within two minutes, and what was asked for it. */
async function cancelled(reading: readonly Answer[], deleting: Answer): Promise<readonly [unknown, string]> {
  const { clock, client, asked } = server(reading, deleting);
  const outcome = client.cancel(task).catch((reason: unknown) => reason);
  await clock.advance(120_000);
  expect(clock.pending).toBe(0);
  return [await outcome, asked()];
}

describe('a cancel', () => {
  it('asks nobody where the provider has none', async () => {
    const { client, server: comet } = stage([]);
    expect(await client.cancel('task_1')).toBe('unsupported');
    expect(comet.requests).toEqual([]);
  });

  it('deletes a task that was just read as queued', async () => {
    expect(await cancelled([reads('queued')], refused(200, '{}'))).toEqual(['cancelled', 'GET DELETE']);
  });

  it.each(['running', 'succeeded', 'failed', 'expired', 'dreaming of tomorrow'])(
    'never deletes a task that is %s: that would erase its record',
    async (status) => {
      expect(await cancelled([reads(status)], refused(200, '{}'))).toEqual(['too-late', 'GET']);
    },
  );

  it('is done where it was done before', async () => {
    expect(await cancelled([reads('cancelled')], refused(200, '{}'))).toEqual(['cancelled', 'GET']);
  });

  it.each<[string, Answer, Answer, string]>([
    ['refused, since the task runs by now', error(409, 'Conflict'), reads('running'), 'too-late'],
    ['lost, but carried out', { kind: 'reset', afterMs: 10 }, reads('cancelled'), 'cancelled'],
    ['lost, and its record is gone', { kind: 'reset', afterMs: 10 }, gone, 'cancelled'],
    ['never answered, but carried out', hangs, reads('cancelled'), 'cancelled'],
    ['answered by a gateway', refused(502), reads('succeeded'), 'too-late'],
  ])('whose DELETE is %s is settled by reading again', async (_, deleting, then, outcome) => {
    expect(await cancelled([reads('queued'), then], deleting)).toEqual([outcome, 'GET DELETE GET']);
  });

  it.each<[string, Answer, object]>([
    ['a broken socket', { kind: 'reset', afterMs: 10 }, { code: 'UNAVAILABLE', retryable: true }],
    ['no answer', hangs, { code: 'UNAVAILABLE', message: 'no answer came within 30000 ms', retryable: true }],
    ['a refusal', error(403, 'Forbidden'), { code: 'UNAUTHORIZED', retryable: false }],
    ['a rate limit', error(429, 'TooMany'), { code: 'RATE_LIMITED', retryable: true }],
  ])('rejects with %s when the task is still queued after it', async (_, deleting, reason) => {
    const [outcome, asked] = await cancelled([reads('queued')], deleting);
    expect(outcome).toMatchObject({ ...reason, task });
    expect(asked).toBe('GET DELETE GET');
  });

  it('rejects when nobody can say how the task stands, having deleted nothing', async () => {
    for (const [answer, code] of [
      [gone, 'NOT_FOUND'],
      [refused(502), 'UNAVAILABLE'],
    ] as const) {
      const [outcome, asked] = await cancelled([answer], refused(200, '{}'));
      expect([outcome, asked]).toMatchObject([{ code, task }, 'GET']);
    }
    const [outcome] = await cancelled([reads('queued'), refused(502)], refused(504));
    expect(outcome).toMatchObject({ code: 'UNAVAILABLE', task });
  });
});
