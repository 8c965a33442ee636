import { describe, expect, it } from 'vitest';
import { pollEvery } from '../../src/index.js';
import { type Answer, body, ref, refused, said } from './scripted.js';
import { stage } from './stage.js';
import { Viewer } from './viewer.js';

const cadence = pollEvery(1_000);
const queued = (headers: Record<string, string>, more: Record<string, unknown> = {}): Answer =>
  refused(200, body('queued', more), headers);

/** When a watch asks that hears `answers`, the last for ever. */
async function asks(answers: readonly Answer[], ms: number): Promise<number[]> {
  const { clock, client, askedAt } = stage(answers, { cadence, deadlineMs: Number.POSITIVE_INFINITY });
  const viewer = new Viewer(client.watch(ref));
  await clock.advance(ms);
  expect(viewer.end).toBeUndefined();
  viewer.leave();
  return askedAt();
}

describe('a server that says when to ask again', () => {
  it.each([
    ['Retry-After in seconds', queued({ 'retry-after': '30' }), 30_000],
    ['retry-after-ms', queued({ 'retry-after-ms': '1500' }), 1_500],
    ['openai-poll-after-ms', queued({ 'openai-poll-after-ms': '2500' }), 2_500],
    ['poll_after_seconds', queued({}, { poll_after_seconds: 3 }), 3_000],
    ['Retry-After as a date', queued({ 'retry-after': 'Fri, 15 Jan 2027 08:00:40 GMT' }), 39_900],
    ['a header beside a body', queued({ 'retry-after': '2' }, { poll_after_seconds: 9 }), 2_000],
    ['less than is sensible', queued({ 'retry-after-ms': '1' }), 250],
    ['more than is sensible', queued({ 'retry-after': '601' }), 600_000],
    ['more than is sensible in a body', queued({}, { poll_after_seconds: 1e9 }), 600_000],
    ['nothing', queued({}), 1_000],
  ])('beats an explicit cadence with %s', async (_, answer, waitMs) => {
    const before = await asks([answer], 100 + waitMs - 1);
    expect(before).toEqual([0]);
    expect(await asks([answer], 100 + waitMs)).toEqual([0, 100 + waitMs]);
  });

  it('is heeded for the next poll only', async () => {
    const inHeader = [queued({ 'retry-after': '5' }), said('queued')];
    expect(await asks(inHeader, 8_000)).toEqual([0, 5_100, 6_200, 7_300]);
    const inBody = [queued({}, { poll_after_seconds: 5 }), said('queued')];
    expect(await asks(inBody, 8_000)).toEqual([0, 5_100, 6_200, 7_300]);
  });

  it('is heeded for the next poll only, also when the body stays as it was', async () => {
    const answers = [queued({ 'retry-after': '5' }), queued({})];
    expect(await asks(answers, 8_000)).toEqual([0, 5_100, 6_200, 7_300]);
  });

  it('is heeded again when the same body says it again', async () => {
    const answers = [queued({}, { poll_after_seconds: 5 })];
    expect(await asks(answers, 16_000)).toEqual([0, 5_100, 10_200, 15_300]);
  });

  it('has its header heeded beside a body that it has sent before', async () => {
    const answers = [queued({}, { poll_after_seconds: 5 }), queued({ 'retry-after': '2' }, { poll_after_seconds: 5 })];
    expect(await asks(answers, 10_000)).toEqual([0, 5_100, 7_200, 9_300]);
  });

  it('is not asked for its cadence', async () => {
    let asked = 0;
    const { clock, client } = stage([queued({ 'retry-after': '1' }), said('completed')], {
      cadence: () => ++asked,
    });
    new Viewer(client.watch(ref));
    await clock.advance(10_000);
    expect(asked).toBe(0);
  });
});

/** What a hostile or broken server says, and the wait that comes of it; the cadence says 1000. */
const values: readonly (readonly [string, number, number])[] = [
  ['1000000000000', 600_000, 600_000],
  ['1e12', 1_000, 1_000],
  ['-1', 1_000, 1_000],
  ['NaN', 1_000, 1_000],
  ['Infinity', 1_000, 1_000],
  ['1e400', 1_000, 1_000],
  ['9'.repeat(400), 1_000, 1_000],
  ['', 1_000, 1_000],
  ['0', 250, 250],
  ['0.0', 250, 250],
  ['١٢', 1_000, 1_000],
  ['Fri, 31 Dec 9999 23:59:59 GMT', 1_000, 600_000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 1_000, 250],
];

describe('a hostile hint on a good answer', () => {
  it.each(values)('of %j is taken for a wait or for nothing', async (value, asMs, asSeconds) => {
    for (const [name, waitMs] of [
      ['retry-after-ms', asMs],
      ['openai-poll-after-ms', asMs],
      ['retry-after', asSeconds],
    ] as const) {
      expect(await asks([queued({ [name]: value }), said('queued')], 100 + waitMs)).toEqual([0, 100 + waitMs]);
    }
  });

  it.each([
    ['1e12', 600_000],
    ['-1', 1_000],
    ['"NaN"', 1_000],
    ['"Infinity"', 1_000],
    ['1e400', 1_000],
    ['""', 1_000],
    ['0', 250],
    ['"0"', 250],
    ['"١٢"', 1_000],
    ['253402300799', 600_000],
    ['null', 1_000],
    ['[5]', 1_000],
    ['{}', 1_000],
  ])('of %s in a body is taken for a wait or for nothing', async (value, waitMs) => {
    const text = body('queued').replace('}', `,"poll_after_seconds":${value}}`);
    expect(await asks([refused(200, text), said('queued')], 100 + waitMs)).toEqual([0, 100 + waitMs]);
  });
});

describe('a hostile hint on a refusal', () => {
  it.each(values)('of %j asks no more than once in 200 ms, and loses nothing', async (value) => {
    for (const status of [429, 503]) {
      for (const name of ['retry-after-ms', 'openai-poll-after-ms', 'retry-after']) {
        const refusal = refused(status, '{"error":{"message":"busy"}}', { [name]: value }, 0);
        const answers = [refusal, refusal, refusal, said('completed')];
        const { clock, client, askedAt } = stage(answers, { cadence, deadlineMs: Number.POSITIVE_INFINITY });
        const viewer = new Viewer(client.watch(ref));
        await clock.advance(4 * 610_000);
        expect([viewer.end, viewer.last?.status]).toEqual(['complete', 'completed']);
        const times = askedAt();
        expect(times).toHaveLength(4);
        for (const [i, at] of times.slice(1).entries()) expect(at - (times[i] as number)).toBeGreaterThanOrEqual(200);
      }
    }
  });
});
