import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { neverEnding, randomTimeline, stateAt, type Timeline } from '../../src/testing/timeline.js';

const last = (timeline: Timeline) => timeline[timeline.length - 1];

describe('stateAt', () => {
  const timeline: Timeline = [
    { afterMs: 1_000, status: 'in_progress', progress: 30 },
    { afterMs: 2_000, status: 'queued' },
    { afterMs: 3_000, status: 'in_progress', progress: 60 },
    { afterMs: 4_000, status: 'error' },
    { afterMs: 5_000, status: 'completed' },
  ];

  it.each([
    [0, 'queued', 0],
    [999, 'queued', 0],
    [1_000, 'in_progress', 30],
    [2_500, 'queued', 0],
    [3_000, 'in_progress', 60],
    [4_000, 'error', 60],
    [9_000, 'completed', 100],
  ])('is after %i ms %s at %i %%', (elapsedMs, status, progress) => {
    expect(stateAt(timeline, elapsedMs)).toMatchObject({ status, progress });
  });

  it('never ends for a task that never ends', () => {
    expect(stateAt(neverEnding, 1e12).status).toBe('in_progress');
  });
});

describe('randomTimeline', () => {
  it('is queued for seconds, then makes progress, then completes after 60-120 s', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const timeline = randomTimeline(seed);
        const times = timeline.map(({ afterMs }) => afterMs);
        const progress = timeline.flatMap((point) => point.progress ?? []);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(progress).toEqual([...progress].sort((a, b) => a - b));
        expect(timeline[1]?.afterMs).toBeGreaterThan(1_000);
        expect(timeline[1]?.afterMs).toBeLessThan(13_000);
        expect(last(timeline)?.status).toBe('completed');
        expect(last(timeline)?.afterMs).toBeGreaterThanOrEqual(60_000);
        expect(last(timeline)?.afterMs).toBeLessThanOrEqual(120_000);
      }),
    );
  });

  it('is the same for the same seed and another for another', () => {
    expect(randomTimeline('a')).toEqual(randomTimeline('a'));
    expect(randomTimeline('a')).not.toEqual(randomTimeline('b'));
  });

  it('fails or never ends as often as it is told to', () => {
    const ends = Array.from({ length: 1_000 }, (_, seed) =>
      last(randomTimeline(seed, { failureRate: 0.3, neverRate: 0.1, durationMs: [10, 20] })),
    );
    const part = (status: string) => ends.filter((end) => end?.status === status).length / ends.length;
    expect(part('failed')).toBeCloseTo(0.3, 1);
    expect(part('in_progress')).toBeCloseTo(0.1, 1);
  });
});
