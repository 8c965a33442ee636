import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ark,
  type Cadence,
  cometapi,
  infinityBlue,
  openaiCompatible,
  pollEvery,
  RushesError,
  type Seen,
} from '../../src/index.js';
import { ref, refused, said } from './scripted.js';
import { held, instant, progressing, stage } from './stage.js';
import { Viewer } from './viewer.js';

describe('the first read of a watch', () => {
  it('is asked at once', async () => {
    const { clock, client, askedAt } = stage([said('queued')], { cadence: pollEvery(10_000) });
    const viewer = new Viewer(client.watch(ref));
    expect(askedAt()).toEqual([]);
    await clock.advance(0);
    expect(askedAt()).toEqual([0]);
    await clock.advance(99);
    expect(viewer.heard).toEqual([]);
    await clock.advance(1);
    expect(viewer.heard.map(({ status }) => status)).toEqual(['queued']);
  });

  it('is asked at once after a live seed, which is heard first, inside subscribe', async () => {
    const { clock, client, askedAt } = stage([said('in_progress')], { cadence: pollEvery(10_000) });
    const seed = held('queued');
    const viewer = new Viewer(client.watch(seed));
    expect(viewer.heard).toEqual([seed]);
    await clock.advance(100);
    expect(askedAt()).toEqual([0]);
    expect(viewer.heard.map(({ status }) => status)).toEqual(['queued', 'in_progress']);
  });
});

describe('a wait', () => {
  it.each([
    [100, [0, 10_100, 20_200, 30_300]],
    [4_000, [0, 14_000, 28_000]],
    [29_000, [0, 39_000]],
  ])('starts only after the answer, when that takes %i ms', async (answerMs, times) => {
    const { clock, client, askedAt } = stage([said('queued', {}, answerMs)], { cadence: pollEvery(10_000) });
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(40_000);
    expect(askedAt()).toEqual(times);
    viewer.leave();
    expect(clock.pending).toBe(0);
  });

  it('has the length of an explicit cadence, whatever chance says', async () => {
    for (const chance of [0, 0.5, 0.999]) {
      const { clock, client, askedAt } = stage([said('queued')], { cadence: pollEvery(3_000), random: () => chance });
      new Viewer(client.watch(ref));
      await clock.advance(7_000);
      expect(askedAt()).toEqual([0, 3_100, 6_200]);
    }
  });

  it('is within the guidance of the provider without one, spread over all of it', async () => {
    const providers = [
      [cometapi({ apiKey: 'key' }), 10_000, 20_000],
      [infinityBlue({ apiKey: 'key' }), 5_000, 10_000],
      [ark({ apiKey: 'key' }), 10_000, 20_000],
      [openaiCompatible({ apiKey: 'key', baseUrl: 'https://gateway.test' }), 10_000, 20_000],
    ] as const;
    const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...providers), chances, async ([over, minMs, maxMs], chance) => {
        const { clock, client, askedAt } = stage([said('queued')], { over, random: () => chance });
        new Viewer(client.watch(ref.id));
        await clock.advance(20_200);
        expect(askedAt()[1]).toBeCloseTo(100 + minMs + chance * (maxMs - minMs), 3);
      }),
      { numRuns: 40 },
    );
  });
});

describe('the cadence', () => {
  it('is asked after each live answer with what was seen so far', async () => {
    const seen: Seen[] = [];
    const cadence: Cadence = (facts) => {
      seen.push(facts);
      return 1_000;
    };
    const { clock, client } = stage(
      [
        said('queued'),
        said('queued'),
        said('in_progress', { progress: 5 }),
        said('in_progress', { progress: 5 }),
      ].concat(said('completed')),
      { cadence },
    );
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(10_000);
    const [queued, running] = viewer.heard;
    expect(seen).toEqual([
      { polls: 1, elapsedMs: 100, sinceChangeMs: 0, snapshot: queued },
      { polls: 2, elapsedMs: 1_200, sinceChangeMs: 1_100, snapshot: queued },
      { polls: 3, elapsedMs: 2_300, sinceChangeMs: 0, snapshot: running },
      { polls: 4, elapsedMs: 3_400, sinceChangeMs: 1_100, snapshot: running },
    ]);
    expect(viewer.end).toBe('complete');
  });

  it('takes what moves in time only for no change', async () => {
    const since: number[] = [];
    const cadence: Cadence = ({ sinceChangeMs }) => since.push(sinceChangeMs) * 0 + 1_000;
    const moving = (nth: number) => said('queued', { created_at: 1_777_385_418 + nth });
    const { clock, client } = stage(moving, { cadence });
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(2_300);
    expect(since).toEqual([0, 1_100, 2_200]);
    expect(viewer.heard).toHaveLength(1);
  });

  it('counts answers, not requests, and time from the start of the watch', async () => {
    const seen: Seen[] = [];
    const cadence: Cadence = (facts) => {
      seen.push(facts);
      return 1_000;
    };
    const troubles = [refused(502), refused(200), said('queued')];
    const { clock, client, askedAt } = stage(troubles, { cadence, retry: { initialMs: 2_000 } });
    await clock.advance(5_000);
    new Viewer(client.watch(ref));
    await clock.advance(3_400);
    expect(askedAt()).toEqual([5_000, 6_100, 8_200]);
    expect(seen).toMatchObject([{ polls: 1, elapsedMs: 3_300, sinceChangeMs: 0 }]);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number('1e400'), '5', null, undefined])(
    'that answers %s gives way to the guidance',
    async (answer) => {
      const { clock, client, askedAt } = stage([said('queued')], { cadence: () => answer as number });
      new Viewer(client.watch(ref));
      await clock.advance(30_200);
      expect(askedAt()).toEqual([0, 15_100, 30_200]);
    },
  );

  it('that answers 0 asks at once', async () => {
    const { clock, client, askedAt } = stage([said('queued')], { cadence: () => 0 });
    new Viewer(client.watch(ref));
    await clock.advance(500);
    expect(askedAt()).toEqual([0, 100, 200, 300, 400, 500]);
  });

  it('that answers 0 hangs nothing, however fast the answers', async () => {
    const transport = instant(progressing(2_000));
    const { clock, client } = stage([], { cadence: () => 0, transport });
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(0);
    expect([viewer.heard.length, viewer.end, transport.requests.length]).toEqual([2_001, 'complete', 2_001]);
  });

  it('may wait longer than a timer can', async () => {
    const { clock, client, askedAt } = stage([said('queued')], {
      cadence: () => 2 ** 32,
      deadlineMs: Number.POSITIVE_INFINITY,
    });
    new Viewer(client.watch(ref));
    await clock.advance(2 ** 32 + 99);
    expect(askedAt()).toEqual([0]);
    await clock.advance(1);
    expect(askedAt()).toEqual([0, 2 ** 32 + 100]);
  });
});

describe('a cadence that throws', () => {
  const broken: Cadence = () => {
    throw new RangeError('no idea');
  };

  it('ends the watch with an error, after the snapshot it was asked about', async () => {
    const { clock, client, server } = stage([said('queued')], { cadence: broken });
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(100);
    expect(viewer.heard.map(({ status }) => status)).toEqual(['queued']);
    expect(viewer.error).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'the source of the task failed: no idea',
      task: ref,
      lastSnapshot: { status: 'queued' },
    });
    expect([clock.pending, server.inFlight]).toEqual([0, 0]);
  });

  it('does so when the answer comes in the same breath as the question', async () => {
    const { clock, client } = stage([], { cadence: broken, transport: instant(progressing(3)) });
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(0);
    expect(viewer.heard).toHaveLength(1);
    expect(viewer.error).toMatchObject({ code: 'UNAVAILABLE', task: ref });
    expect(clock.pending).toBe(0);
  });

  it('ends it with that error when it is one of ours', async () => {
    const cadence: Cadence = () => {
      throw new RushesError('STALLED', 'seen enough');
    };
    const { clock, client } = stage([said('queued')], { cadence });
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(100);
    expect(viewer.error).toMatchObject({ code: 'STALLED', message: 'seen enough', task: ref });
  });
});
